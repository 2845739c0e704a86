package kvlab.validate;

import kvlab.workload.Trace;
import kvlab.workload.TraceBuilder;

/**
 * Request streams as the artifact of PagedAttention draws them (SOSP 2023, AE 39): Poisson counts per 10
 * ms quantum; as many length pairs from the head of the filtered list as there are arrivals, the list
 * repeated if it is too short; those shuffled. Same seed, same requests as in the paper.
 */
final class ArtifactTrace {
  private static final long QUANTUM_NANOS = 10_000_000L;
  private static final int SEED = 0;

  private ArtifactTrace() {}

  /**
   * Draws a stream.
   *
   * @param lengths prompt and output lengths; pairs that sum to the limit or more are left out
   * @param requestsPerSecond mean rate
   */
  static Trace draw(Trace lengths, int sumLimit, double requestsPerSecond, int seconds) {
    int[] counts = arrivals(requestsPerSecond, seconds);
    int total = 0;
    for (int count : counts) {
      total += count;
    }
    int[] order = head(lengths, sumLimit, total);
    MersenneTwister.python(SEED).shuffle(order);
    TraceBuilder builder = new TraceBuilder("artifact-" + requestsPerSecond);
    for (int quantum = 0; quantum < counts.length; quantum++) {
      for (int i = 0; i < counts[quantum]; i++) {
        int request = builder.size();
        int pair = order[request];
        builder.add(
            request,
            quantum * QUANTUM_NANOS,
            lengths.promptTokens(pair),
            lengths.outputTokens(pair));
      }
    }
    return builder.build();
  }

  private static int[] arrivals(double requestsPerSecond, int seconds) {
    MersenneTwister random = MersenneTwister.numpy(SEED);
    int[] counts = new int[(int) (seconds * 1_000_000_000L / QUANTUM_NANOS)];
    double mean = requestsPerSecond * (QUANTUM_NANOS / 1e9);
    for (int i = 0; i < counts.length; i++) {
      counts[i] = random.nextPoisson(mean);
    }
    return counts;
  }

  private static int[] head(Trace lengths, int sumLimit, int wanted) {
    int[] head = new int[wanted];
    int at = 0;
    for (int filled = 0; filled < wanted; at = (at + 1) % lengths.size()) {
      if (lengths.promptTokens(at) + lengths.outputTokens(at) < sumLimit) {
        head[filled++] = at;
      }
    }
    return head;
  }
}
