package kvlab.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/** Writes the result files of an invented run whose shares are like those of PagedAttention, Fig. 2. */
final class SampleRun {
  static final List<String> SIX =
      List.of("orca-max", "orca-pow2", "orca-oracle", "contiguous-max", "vllm-paper", "vllm-v1");

  private static final String PARTS =
      "live_pct,reserved_pct,internal_pct,rounding_pct,cached_pct,external_pct,short_pct,idle_pct,"
          + "withheld_pct";

  // [design][part]; a design beyond the sixth repeats an earlier one
  private static final double[][] SHARES = {
    {20.4, 13.3, 57.3, 0, 0, 8.9, 0.1, 0, 0},
    {26.8, 17.9, 13.6, 22.6, 0, 14.0, 5.1, 0, 0},
    {38.2, 25.2, 0, 20.4, 0, 11.2, 5.0, 0, 0},
    {18.2, 12.1, 61.0, 0, 0, 0, 8.7, 0, 0},
    {94.1, 0.8, 0.7, 0, 0, 0, 2.4, 1.0, 1.0},
    {90.3, 0.8, 0.7, 0, 6.0, 0, 1.2, 0.9, 0.1}
  };
  private static final double[] RUNNING = {7, 9.8, 13.6, 6, 30, 34};

  private SampleRun() {}

  /** Writes the files of these designs with so many time bins for the longest. */
  static Path write(Path directory, List<String> designs, int bins) throws IOException {
    Files.createDirectories(directory);
    StringBuilder summary =
        new StringBuilder("design,requests," + PARTS + ",requests_per_s,output_tokens_per_s\n");
    StringBuilder series =
        new StringBuilder("design,t_s,dt_s," + PARTS + ",running,waiting,output_tokens_per_s\n");
    StringBuilder distributions = new StringBuilder("design,metric,quantile,value_ms\n");
    for (int d = 0; d < designs.size(); d++) {
      double[] shares = SHARES[d % SHARES.length];
      double running = RUNNING[d % RUNNING.length];
      summary.append(designs.get(d)).append(",1000,").append(join(shares));
      summary.append(format(",%.4f,%.3f\n", running / 16, running * 20.2));
      series(series, designs.get(d), shares, running, bins);
      distributions(distributions, designs.get(d), running, bins > 0);
    }
    Files.writeString(directory.resolve("summary.csv"), summary);
    Files.writeString(directory.resolve("timeseries.csv"), series);
    Files.writeString(directory.resolve("distributions.csv"), distributions);
    Files.writeString(
        directory.resolve("run.json"),
        "{\"configuration\":{\"trace\":{\"name\":\"sharegpt.csv\"},\"model\":\"opt-13b\",\"gpu\":\"a100-40g\"}}");
    return directory;
  }

  private static void series(
      StringBuilder out, String design, double[] shares, double running, int bins) {
    SplittableRandom random = new SplittableRandom(running == 0 ? 1 : (long) (running * 10));
    double seconds = 600 + 400 * Math.sqrt(7 / running);
    double waiting = 0;
    for (int i = 0; i < bins; i++) {
      double dt = seconds / bins;
      double ramp =
          Math.min(1, i / (0.06 * bins)) * (i > 0.93 * bins ? (bins - i) / (0.07 * bins) : 1);
      double[] now = new double[shares.length];
      double held = 0;
      for (int p = 0; p < now.length; p++) {
        now[p] = p == 7 ? 0 : shares[p] * ramp * (1 + 0.08 * (random.nextDouble() - 0.5));
        held += now[p];
      }
      double scale = held > 100 ? 100 / held : 1;
      for (int p = 0; p < now.length; p++) {
        now[p] *= scale;
      }
      now[7] = Math.max(0, 100 - held * scale);
      waiting = Math.max(0, waiting + (i < 0.6 * bins ? 1 : -1.4) * 600 / running * 3 / bins);
      out.append(format("%s,%.6f,%.6f,", design, i * dt, dt)).append(join(now));
      double at = running * ramp * (1 + 0.15 * (random.nextDouble() - 0.5));
      out.append(format(",%.4f,%.4f,%.3f\n", at, waiting, at * 20));
    }
  }

  private static void distributions(
      StringBuilder out, String design, double running, boolean finished) {
    for (String metric : List.of("ttft", "tpot", "itl", "e2e")) {
      for (int q = 0; finished && q <= 200; q++) {
        double quantile = q / 200.0;
        double wait = 80 * Math.pow(10, 3.6 * Math.pow(quantile, 0.7) * Math.pow(7 / running, 0.3));
        double value = metric.equals("e2e") ? wait + 3000 + 24_000 * quantile : wait;
        out.append(format("%s,%s,%.4f,%.4f\n", design, metric, quantile, value));
      }
    }
  }

  private static String join(double[] values) {
    StringBuilder out = new StringBuilder();
    for (double value : values) {
      out.append(out.length() == 0 ? "" : ",").append(format("%.4f", value));
    }
    return out.toString();
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
