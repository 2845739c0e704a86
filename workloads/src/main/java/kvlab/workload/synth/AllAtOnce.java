package kvlab.workload.synth;

import java.util.SplittableRandom;

/** All requests arrive at 0: an offline batch. */
public record AllAtOnce() implements Arrivals {
  @Override
  public long[] nanos(int requests, SplittableRandom random) {
    return new long[requests];
  }
}
