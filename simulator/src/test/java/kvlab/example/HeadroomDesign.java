package kvlab.example;

import java.util.List;
import java.util.Optional;
import kvlab.design.Design;
import kvlab.design.Option;
import kvlab.design.Options;
import kvlab.design.Server;
import kvlab.design.Site;
import kvlab.design.Traits;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import kvlab.kv.Reservation;
import kvlab.sched.Requests;
import kvlab.sched.WholePromptScheduler;

/**
 * A design of a user's own: pages on demand, but a newcomer is admitted only if every running sequence
 * could still take {@code headroom-pages} more. Found through {@code META-INF/services}.
 */
public final class HeadroomDesign implements Design {
  @Override
  public String name() {
    return "headroom";
  }

  @Override
  public Traits traits() {
    return new Traits(
        "pages of 16 tokens from anywhere",
        "pages for the tokens there are",
        "one page when the last is full",
        "the latest arrival is recomputed",
        "nothing",
        "an example");
  }

  @Override
  public List<Option> options(Site site) {
    return List.of(
        Option.count(PAGE_TOKENS, 16, "tokens per page"),
        Option.count(MAX_SEQUENCES, 256, "sequences that run at once"),
        Option.countAtLeast(
            MAX_BATCHED_TOKENS, site.maxModelTokens(), site.maxModelTokens(), "tokens in a step"),
        Option.countOrZero("headroom-pages", 2, "pages kept for each running sequence"));
  }

  @Override
  public Server open(Pool pool, Options options, Site site) {
    Requests requests = new Requests();
    int sequences = options.count(MAX_SEQUENCES);
    int batched = options.count(MAX_BATCHED_TOKENS);
    PageTable table = new PageTable(pool, sequences);
    HeadroomAllocator allocator = new HeadroomAllocator(table, options.count("headroom-pages"));
    return new Server(
        requests,
        table,
        allocator,
        new WholePromptScheduler(sequences, batched, requests, allocator),
        Reservation.CURRENT,
        sequences,
        Optional.empty());
  }
}
