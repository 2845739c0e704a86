package kvlab.workload.synth;

import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/** All requests arrive at 0: an offline batch. */
public record AllAtOnce() implements Arrivals {
  @Override
  public LongSupplier nanos(SplittableRandom random) {
    return () -> 0;
  }
}
