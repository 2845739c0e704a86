package kvlab.validate;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import kvlab.json.Json;
import kvlab.validate.MeasuredCheck.Figure;
import kvlab.validate.MeasuredCheck.Moment;
import kvlab.validate.MeasuredCheck.Outcome;
import kvlab.validate.MeasuredCheck.Request;
import kvlab.validate.MeasuredRun.Times;

/** Writes a comparison with a recorded run as tables, from which its charts are drawn. */
public final class MeasuredFiles {
  private MeasuredFiles() {}

  /**
   * Writes {@code figures.csv}, {@code requests.csv} and, where the log was recorded, {@code
   * timeseries.csv}; the name of the run in {@code measured.json}.
   */
  public static void write(Outcome outcome, Path folder) throws IOException {
    String name = Json.object().put("trace", outcome.name()).toString();
    Files.writeString(folder.resolve("measured.json"), name + "\n");
    try (Writer out = Files.newBufferedWriter(folder.resolve("figures.csv"))) {
      out.write("figure,unit,measured,predicted,error_percent\n");
      for (Figure f : outcome.figures()) {
        out.write(String.format(
            Locale.ROOT,
            "%s,%s,%.6f,%.6f,%.4f\n",
            f.name(),
            f.unit(),
            f.measured(),
            f.predicted(),
            f.error()));
      }
    }
    try (Writer out = Files.newBufferedWriter(folder.resolve("requests.csv"))) {
      out.write("id,queued_s,predicted_queued_s,ttft_s,predicted_ttft_s,tpot_s,predicted_tpot_s,"
          + "e2e_s,predicted_e2e_s\n");
      for (Request r : outcome.requests()) {
        Times m = r.measured();
        Times p = r.predicted();
        out.write(String.format(
            Locale.ROOT,
            "%d,%.6f,%.6f,%.6f,%.6f,%.9f,%.9f,%.6f,%.6f\n",
            r.id(),
            m.queuedNanos() / 1e9,
            p.queuedNanos() / 1e9,
            m.ttftSeconds(),
            p.ttftSeconds(),
            m.tpotSeconds(),
            p.tpotSeconds(),
            m.endToEndSeconds(),
            p.endToEndSeconds()));
      }
    }
    try (Writer out = Files.newBufferedWriter(folder.resolve("timeseries.csv"))) {
      out.write("t_s,running,predicted_running,waiting,predicted_waiting,kv_percent,"
          + "predicted_kv_percent\n");
      for (Moment m : outcome.moments()) {
        out.write(String.format(
            Locale.ROOT,
            "%.3f,%.0f,%.0f,%.0f,%.0f,%.2f,%.2f\n",
            m.measured().seconds(),
            m.measured().running(),
            m.predicted().running(),
            m.measured().waiting(),
            m.predicted().waiting(),
            m.measured().kvPercent(),
            m.predicted().kvPercent()));
      }
    }
  }
}
