package kvlab.gpu.validate;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import kvlab.step.StepClock;
import kvlab.workload.Trace;

/**
 * How much of E1's figures hangs on the race of arrivals and steps: {@code StepTimeSpread SUITE_DIR OUT.csv}
 * replays what E1 predicts with every step a little shorter and longer. Needs the profile that the suite left,
 * and no device.
 */
final class StepTimeSpread {
  private static final int MOST_PERMILLE = 20;
  private static final int STEP_PERMILLE = 2;

  private StepTimeSpread() {}

  public static void main(String[] args) throws IOException {
    Path suite = Path.of(args[0]);
    Scale scale = Scale.GPU;
    StepClock kernels = ReplayParts.kernels(scale, suite);
    double rate = ReplayParts.fullRate(scale, suite);
    try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(Path.of(args[1])))) {
      out.println(
          "load,step_time_pct,tpot_mean_ms,tpot_p99_ms,ttft_mean_ms,ttft_p99_ms,preemptions,"
              + "peak_pages");
      for (double load : ReplayParts.LOADS) {
        Trace trace = ReplayParts.heldOut(scale, rate * load);
        for (int permille = -MOST_PERMILLE; permille <= MOST_PERMILLE; permille += STEP_PERMILLE) {
          double factor = 1 + permille / 1e3;
          ReplayParts.Outcome outcome = ReplayParts.predicted(
              scale,
              ReplayParts.PAGED,
              trace,
              (batch, table) -> Math.round(factor * kernels.nanos(batch, table)));
          Map<String, String> cells = outcome.summary();
          out.println(String.format(
              Locale.ROOT,
              "%.1f,%.1f,%.3f,%.3f,%.3f,%.3f,%.0f,%d",
              load,
              permille / 10.0,
              ReplayParts.cell(cells, "tpot_mean_ms"),
              ReplayParts.cell(cells, "tpot_p99_ms"),
              ReplayParts.cell(cells, "ttft_mean_ms"),
              ReplayParts.cell(cells, "ttft_p99_ms"),
              ReplayParts.cell(cells, "preemptions"),
              outcome.steps().peakPages));
        }
      }
    }
  }
}
