package kvlab.workload.synth;

import java.util.SplittableRandom;
import kvlab.workload.InputException;

/**
 * Always the same length.
 *
 * @param tokens at least 1
 */
public record FixedLength(int tokens) implements Lengths {
  public FixedLength {
    if (tokens < 1) {
      throw new InputException("a length must be at least 1 token: " + tokens);
    }
  }

  @Override
  public int tokens(SplittableRandom random) {
    return tokens;
  }
}
