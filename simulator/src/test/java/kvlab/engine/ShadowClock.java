package kvlab.engine;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import kvlab.design.Server;
import kvlab.kv.PageTable;
import kvlab.sched.Decisions;
import kvlab.sched.IntList;
import kvlab.sched.Requests;
import kvlab.sched.Scheduler;
import kvlab.step.Batch;
import kvlab.step.StepClock;

/**
 * A device in miniature: writes what a token is into the slot of every token that a step computes, and
 * reads back the whole context, as attention would. A page that is lost, mixed up or wrongly shared shows
 * at once. Swapped-out sequences keep their tokens elsewhere. A token is its position and, in the prompt,
 * the prompt's key, else the request's id. What a step loads from host memory is written before anything is
 * read: no more tokens than it says it transfers. What a step copies from page to page is somewhere in the
 * pool before it, and is no more tokens than it says it copies.
 */
final class ShadowClock implements StepClock {
  private final long[] arena;
  private final Requests requests;
  private final Scheduler scheduler;
  private final Map<Integer, long[]> resident = new HashMap<>(); // by request, after the last step
  private final Map<Integer, long[]> host = new HashMap<>(); // by request, swapped out
  private final Map<Long, Long> promptKeyById;

  ShadowClock(Server server, Map<Long, Long> promptKeyById) {
    this.arena = new long[server.table().pool().slots()];
    this.requests = server.requests();
    this.scheduler = server.scheduler();
    this.promptKeyById = promptKeyById;
    Arrays.fill(arena, -1);
  }

  @Override
  public long nanos(Batch batch, PageTable table) {
    swapOut();
    swapIn(batch, table);
    copy(batch, table);
    for (int i = 0; i < batch.size(); i++) {
      for (int p = batch.context(i); p < batch.context(i) + batch.tokens(i); p++) {
        arena[table.slot(batch.row(i), p)] = token(batch.request(i), p);
      }
    }
    long loadable = batch.transferredTokens();
    for (int i = 0; i < batch.size(); i++) {
      for (int p = 0; p < batch.context(i) + batch.tokens(i); p++) {
        int slot = table.slot(batch.row(i), p);
        if (loadable > 0 && p < batch.context(i) && arena[slot] != token(batch.request(i), p)) {
          arena[slot] = token(batch.request(i), p);
          loadable--;
        }
        if (arena[slot] != token(batch.request(i), p)) {
          throw new IllegalStateException("row " + batch.row(i) + " lost the KV of token " + p);
        }
      }
    }
    noteResident(table);
    return 1_000_000 + 1_000 * batch.totalTokens() + 10 * batch.totalContext();
  }

  private void copy(Batch batch, PageTable table) {
    long copies = batch.copiedTokens();
    if (copies == 0) {
      return;
    }
    Set<Long> before = new HashSet<>();
    for (long token : arena) {
      before.add(token);
    }
    for (int i = 0; i < batch.size(); i++) {
      for (int p = 0; p < batch.context(i) && copies > 0; p++) {
        int slot = table.slot(batch.row(i), p);
        long token = token(batch.request(i), p);
        if (arena[slot] != token && before.contains(token)) {
          arena[slot] = token;
          copies--;
        }
      }
    }
  }

  private void swapOut() {
    Decisions decisions = scheduler.decisions();
    for (int i = 0; i < decisions.preempted().size(); i++) {
      int request = decisions.preempted().get(i);
      if (decisions.wasSwappedOut(i)) {
        host.put(request, resident.get(request));
      }
    }
    for (int i = 0; i < decisions.ignored().size(); i++) {
      host.remove(decisions.ignored().get(i));
    }
  }

  private void swapIn(Batch batch, PageTable table) {
    for (int i = 0; i < batch.size(); i++) {
      long[] tokens = host.remove(batch.request(i));
      for (int p = 0; tokens != null && p < batch.context(i); p++) {
        arena[table.slot(batch.row(i), p)] = tokens[p];
      }
    }
  }

  private void noteResident(PageTable table) {
    resident.clear();
    IntList running = scheduler.running();
    for (int i = 0; i < running.size(); i++) {
      int row = requests.row(running.get(i));
      long[] tokens = new long[table.capacityTokens(row)];
      for (int p = 0; p < tokens.length; p++) {
        tokens[p] = arena[table.slot(row, p)];
      }
      resident.put(running.get(i), tokens);
    }
  }

  private long token(int request, int position) {
    long id = requests.id(request);
    boolean prompt = position < requests.promptTokens(request);
    long owner = prompt ? promptKeyById.getOrDefault(id, id) : id;
    return ((prompt ? 1L : 2L) << 60) | (owner << 32) | position;
  }
}
