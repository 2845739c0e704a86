package kvlab.design;

import java.util.List;
import java.util.Optional;
import kvlab.kv.KvAllocator;
import kvlab.kv.PageTable;
import kvlab.kv.Reservation;
import kvlab.sched.Requests;
import kvlab.sched.Scheduler;
import kvlab.sched.WholePromptScheduler;

/**
 * What the designs on {@link WholePromptScheduler} share: its options with the defaults of the
 * PagedAttention paper's artifact, and the server around it.
 *
 * <p>Deviation: a prompt must fit one step, so {@code max-num-batched-tokens} is never below the longest
 * sequence allowed (the artifact had 2,560 over 2,048).
 */
final class WholePrompt {
  private static final int ARTIFACT_BATCHED_TOKENS = 2560;
  private static final int ARTIFACT_SEQUENCES = 256;
  private static final int ARTIFACT_PAGE_TOKENS = 16;

  private WholePrompt() {}

  static List<Option> options(Site site) {
    return List.of(
        Option.count(Design.PAGE_TOKENS, ARTIFACT_PAGE_TOKENS, "tokens per page"),
        Option.count(Design.MAX_SEQUENCES, ARTIFACT_SEQUENCES, "sequences that run at once"),
        Option.countAtLeast(
            Design.MAX_BATCHED_TOKENS,
            site.maxModelTokens(),
            Math.max(ARTIFACT_BATCHED_TOKENS, site.maxModelTokens()),
            "tokens computed in one step; at least the longest sequence"));
  }

  /** A server on the allocator that writes the table. */
  static Server server(
      PageTable table, KvAllocator allocator, Reservation reservation, Options options) {
    Requests requests = new Requests();
    int maxSequences = options.count(Design.MAX_SEQUENCES);
    Scheduler scheduler = new WholePromptScheduler(
        maxSequences, options.count(Design.MAX_BATCHED_TOKENS), requests, allocator);
    return new Server(
        requests, table, allocator, scheduler, reservation, maxSequences, Optional.empty());
  }
}
