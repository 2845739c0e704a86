package kvlab.workload.synth;

import java.util.SplittableRandom;
import kvlab.workload.InputException;
import kvlab.workload.Trace;
import kvlab.workload.TraceBuilder;

/**
 * Everything that decides a made trace. Arrivals, prompts and outputs draw from generators of their
 * own, so that a change of one law leaves the other columns as they are.
 *
 * @param name what the trace is called
 * @param requests how many
 * @param seed of all randomness
 * @param arrivals when they come
 * @param prompt how long prompts are
 * @param output how long outputs are
 * @param maxTotalTokens most tokens of prompt and output together; a longer pair is drawn anew
 */
public record TraceRecipe(
    String name,
    int requests,
    long seed,
    Arrivals arrivals,
    Lengths prompt,
    Lengths output,
    long maxTotalTokens) {
  /** For {@link #maxTotalTokens}: any length will do. */
  public static final long UNLIMITED = Long.MAX_VALUE;

  private static final int MAX_DRAWS = 10_000;

  public TraceRecipe {
    if (requests < 1) {
      throw new InputException("a trace needs at least 1 request: " + requests);
    }
    if (maxTotalTokens < 2) {
      throw new InputException("a request has at least 2 tokens in total: " + maxTotalTokens);
    }
  }

  /** Makes the trace; the same one every time. */
  public Trace make() {
    SplittableRandom root = new SplittableRandom(seed);
    long[] nanos = arrivals.nanos(requests, root.split());
    SplittableRandom prompts = root.split();
    SplittableRandom outputs = root.split();
    TraceBuilder builder = new TraceBuilder(name);
    for (int i = 0; i < requests; i++) {
      int promptTokens = prompt.tokens(prompts);
      int outputTokens = output.tokens(outputs);
      for (int draws = 1; (long) promptTokens + outputTokens > maxTotalTokens; draws++) {
        if (draws == MAX_DRAWS) {
          throw new InputException(
              "these lengths hardly ever fit in " + maxTotalTokens + " tokens in total");
        }
        promptTokens = prompt.tokens(prompts);
        outputTokens = output.tokens(outputs);
      }
      builder.add(i, nanos[i], promptTokens, outputTokens);
    }
    return builder.build();
  }
}
