package kvlab.sched;

/**
 * The share of their declared output that running requests are expected to generate: SGLang's {@code
 * new_token_ratio} ({@code managers/scheduler.py}, {@code environ.py}). It starts at 0.7 times the
 * conservativeness, falls in 600 decode steps to 0.14 of that, and is estimated anew from what has been
 * generated when memory runs out.
 */
final class NewTokenRatio {
  private static final double FIRST = 0.7; // SGLANG_INIT_NEW_TOKEN_RATIO
  private static final double FLOOR = 0.14; // SGLANG_MIN_NEW_TOKEN_RATIO_FACTOR
  private static final int DECAY_STEPS = 600; // SGLANG_NEW_TOKEN_RATIO_DECAY_STEPS

  private final double first;
  private final double floor;
  private final double decay;
  private double value;

  NewTokenRatio(double conservativeness) {
    first = Math.min(FIRST * conservativeness, 1);
    floor = Math.min(first * FLOOR, 1);
    decay = (first - floor) / DECAY_STEPS;
    value = first;
  }

  double value() {
    return value;
  }

  void reset() {
    value = first;
  }

  void decay() {
    value = Math.max(value - decay, floor);
  }

  /** What so many decode steps do, bit by bit: a product would round otherwise. */
  void decay(int steps) {
    for (int i = 0; i < steps && value > floor; i++) {
      decay();
    }
  }

  /** Takes what is generated and expected soon over what was declared, by the requests that stay. */
  void afterRetract(long soonGenerated, long declared) {
    value = Math.min(1, soonGenerated / (double) (declared + 1));
  }
}
