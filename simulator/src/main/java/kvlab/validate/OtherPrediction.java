package kvlab.validate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kvlab.study.IoReason;
import kvlab.workload.InputException;

/**
 * What LLMServingSim 2.0 says of the same run, where its validation report {@code
 * llmservingsim2-error.txt} lies beside it: lines of {@code TTFT Mean <measured> <predicted> <error>}.
 */
public final class OtherPrediction {
  private static final Pattern LINE =
      Pattern.compile("(TTFT|TPOT|Latency) (Mean|Median|P\\d+)\\s+([0-9.]+)\\s+([0-9.]+).*");

  private OtherPrediction() {}

  /** Percent by which it is off, by the name of the {@link MeasuredCheck.Figure}; empty without a report. */
  public static Map<String, Double> errors(Path folder) {
    Path file = folder.resolve("llmservingsim2-error.txt");
    Map<String, Double> errors = new HashMap<>();
    if (!Files.isRegularFile(file)) {
      return errors;
    }
    try {
      for (String line : Files.readAllLines(file)) {
        Matcher figure = LINE.matcher(line.strip());
        if (figure.matches()) {
          String metric = figure.group(1).equals("Latency") ? "E2E" : figure.group(1);
          String statistic = figure.group(2).toLowerCase(Locale.ROOT).replace("median", "p50");
          double measured = Double.parseDouble(figure.group(3));
          double predicted = Double.parseDouble(figure.group(4));
          errors.put(metric + " " + statistic, 100 * (predicted / measured - 1));
        }
      }
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read: " + IoReason.of(e), e);
    }
    return errors;
  }
}
