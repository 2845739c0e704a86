package kvlab.workload.synth;

import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import kvlab.workload.InputException;
import kvlab.workload.RequestSource;
import kvlab.workload.RequestStream;

/**
 * Everything that decides a made trace, which is made anew whenever it is read. Arrivals, prompts and outputs draw from generators of their
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
    long requests,
    long seed,
    Arrivals arrivals,
    Lengths prompt,
    Lengths output,
    long maxTotalTokens)
    implements RequestSource {
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

  @Override
  public boolean hasPriorities() {
    return false;
  }

  @Override
  public boolean hasPromptKeys() {
    return false;
  }

  @Override
  public int hashBlockTokens() {
    return 0;
  }

  /** Makes the requests, one as it is read; the same ones every time. */
  @Override
  public RequestStream stream() {
    return new Made();
  }

  private final class Made implements RequestStream {
    private final LongSupplier times;
    private final SplittableRandom prompts;
    private final SplittableRandom outputs;
    private long at = -1;
    private long arrivalNanos;
    private int promptTokens;
    private int outputTokens;

    Made() {
      SplittableRandom root = new SplittableRandom(seed);
      times = arrivals.nanos(root.split());
      prompts = root.split();
      outputs = root.split();
    }

    @Override
    public boolean next() {
      if (++at >= requests) {
        return false;
      }
      arrivalNanos = times.getAsLong();
      for (int draws = 0; draws < MAX_DRAWS; draws++) {
        promptTokens = prompt.tokens(prompts);
        outputTokens = output.tokens(outputs);
        if ((long) promptTokens + outputTokens <= maxTotalTokens) {
          return true;
        }
      }
      throw new InputException(
          "these lengths hardly ever fit in " + maxTotalTokens + " tokens in total");
    }

    @Override
    public long id() {
      return at;
    }

    @Override
    public long arrivalNanos() {
      return arrivalNanos;
    }

    @Override
    public int promptTokens() {
      return promptTokens;
    }

    @Override
    public int outputTokens() {
      return outputTokens;
    }

    @Override
    public int priority() {
      return 0;
    }

    @Override
    public long promptKey() {
      return at;
    }

    @Override
    public int hashBlockTokens() {
      return 0;
    }

    @Override
    public int hashCount() {
      return 0;
    }

    @Override
    public long hashId(int index) {
      throw new IndexOutOfBoundsException("made requests have no hash ids");
    }
  }
}
