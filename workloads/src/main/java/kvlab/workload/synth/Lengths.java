package kvlab.workload.synth;

import java.nio.file.Path;
import java.util.SplittableRandom;

/** A law of length. */
public sealed interface Lengths permits FixedLength, LogNormal, Quantiles {
  /** The forms that {@link #parse} reads, for a help text. */
  String FORMS = "fixed:TOKENS, lognormal:MEDIAN,SIGMA[,MIN,MAX], quantiles:FILE";

  /** The next length, at least 1. */
  int tokens(SplittableRandom random);

  /** Reads {@code fixed:128}, {@code lognormal:35,1.8} or {@code quantiles:prompt.csv}. */
  static Lengths parse(String text) {
    Spec spec = Spec.of("length", text, FORMS);
    return switch (spec.law()) {
      case "fixed" -> new FixedLength(Spec.tokens(spec.numbers(1, 1)[0]));
      case "lognormal" -> {
        double[] numbers = spec.numbers(2, 4);
        yield new LogNormal(
            numbers[0],
            numbers[1],
            numbers.length > 2 ? Spec.tokens(numbers[2]) : 1,
            numbers.length > 3 ? Spec.tokens(numbers[3]) : LogNormal.DEFAULT_MAX_TOKENS);
      }
      case "quantiles" -> Quantiles.read(Path.of(spec.arguments()));
      default -> throw spec.unknown();
    };
  }
}
