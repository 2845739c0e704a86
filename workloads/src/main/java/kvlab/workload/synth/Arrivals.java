package kvlab.workload.synth;

import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/** A law of arrival. */
public sealed interface Arrivals permits Poisson, Gamma, EvenlySpaced, AllAtOnce {
  /** The forms that {@link #parse} reads, for a help text. */
  String FORMS = "poisson:RATE, gamma:RATE,CV, fixed:RATE, all-at-once";

  /** The times of one arrival after another in nanoseconds from 0, never decreasing, without end. */
  LongSupplier nanos(SplittableRandom random);

  /** Reads {@code poisson:5.5}, {@code gamma:5.5,1.09}, {@code fixed:2} or {@code all-at-once}. */
  static Arrivals parse(String text) {
    Spec spec = Spec.of("arrivals", text, FORMS);
    return switch (spec.law()) {
      case "poisson" -> new Poisson(spec.numbers(1, 1)[0]);
      case "gamma" -> {
        double[] numbers = spec.numbers(2, 2);
        yield new Gamma(numbers[0], numbers[1]);
      }
      case "fixed" -> new EvenlySpaced(spec.numbers(1, 1)[0]);
      case "all-at-once" -> {
        spec.numbers(0, 0);
        yield new AllAtOnce();
      }
      default -> throw spec.unknown();
    };
  }
}
