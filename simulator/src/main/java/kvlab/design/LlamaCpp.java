package kvlab.design;

import java.util.List;
import java.util.Optional;
import kvlab.kv.CellRingAllocator;
import kvlab.kv.ContiguousAllocator;
import kvlab.kv.KvAllocator;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import kvlab.kv.Reservation;
import kvlab.sched.Policy;
import kvlab.sched.Requests;
import kvlab.sched.VllmV1Scheduler;

/**
 * The server of llama.cpp ({@code tools/server}; {@code src/llama-kv-cache.cpp}): a few slots over a
 * buffer of {@code n_ctx} cells that is there from the start. Unified, the default since October 2025
 * (pull request 16736), all slots share the cells, see {@link CellRingAllocator}; else each slot has
 * {@code n_ctx / parallel} of its own, for any request.
 *
 * <p>Deviations: where no cell is left the request admitted last computes again later, where the server
 * fails every request in flight. A request whose output cannot fit its slot is turned away on arrival, where the
 * server cuts the output or shifts the context. Prompts that idle slots remember are not modelled. Tokens
 * and steps are shared out by {@link VllmV1Scheduler}, which like {@code update_slots} serves decodes
 * before the prompts that came later and splits prompts at {@code n_batch}, but gives a slot to a request
 * only when its first tokens are computed. {@code n_ctx} is not the model's training context by default
 * but all that the slots can use of the pool.
 */
final class LlamaCpp implements Design {
  private static final String PARALLEL = "parallel";
  private static final String CONTEXT = "n-ctx";
  private static final String UNIFIED = "unified";
  private static final int SLOTS = 4;
  private static final int BATCH_TOKENS = 2048;

  @Override
  public String name() {
    return "llamacpp";
  }

  @Override
  public Traits traits() {
    return new Traits(
        "cells of one token, shared by the slots; not unified: n_ctx / slots cells in one run",
        "cells for the tokens there are; not unified: the slot",
        "cells round the buffer, in runs where there are any; not unified: none",
        "the last active slot gives up its cells and is recomputed",
        "nothing",
        "llama.cpp src/llama-kv-cache.cpp, tools/server, 2025; pull request 16736");
  }

  @Override
  public List<Option> options(Site site) {
    return List.of(
        Option.count(PAGE_TOKENS, 1, "tokens per page; cells are of one"),
        Option.count(PARALLEL, SLOTS, "slots (-np)"),
        Option.countOrZero(CONTEXT, 0, "cells of the buffer (-c); 0: all that the slots can use"),
        Option.onOff(UNIFIED, true, "one buffer for all slots (-kvu)"),
        Option.count(MAX_BATCHED_TOKENS, BATCH_TOKENS, "tokens computed in one step (n_batch)"));
  }

  @Override
  public Server open(Pool pool, Options options, Site site) {
    Requests requests = new Requests();
    int slots = Math.min(options.count(PARALLEL), pool.pages());
    PageTable table = new PageTable(pool, slots);
    int asked = options.count(CONTEXT);
    long usable = asked == 0 ? (long) slots * site.maxModelTokens() : asked;
    int contextTokens = (int) Math.min(usable, pool.slots());
    int slotTokens = Math.max(1, contextTokens / slots);
    boolean unified = options.isOn(UNIFIED);
    KvAllocator allocator = unified
        ? new CellRingAllocator(table, contextTokens / pool.pageTokens())
        : ContiguousAllocator.slots(table, slotTokens, slots);
    VllmV1Scheduler.Settings settings = new VllmV1Scheduler.Settings(
        Policy.FCFS,
        slots,
        options.count(MAX_BATCHED_TOKENS),
        site.maxModelTokens(),
        true,
        0,
        false);
    return new Server(
        requests,
        table,
        allocator,
        new VllmV1Scheduler(settings, requests, allocator),
        unified ? Reservation.CURRENT : Reservation.fixed(slotTokens),
        slots,
        Optional.empty());
  }
}
