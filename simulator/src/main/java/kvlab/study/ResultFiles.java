package kvlab.study;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kvlab.metrics.Distribution;
import kvlab.metrics.Row;
import kvlab.metrics.Timeline;
import kvlab.text.Decimals;

/** Writes the tables of a study: everything that charts and reports are made from. */
public final class ResultFiles {
  private static final int QUANTILES = 200;

  private ResultFiles() {}

  /** Writes {@code summary.csv}, {@code timeseries.csv}, {@code distributions.csv}, {@code unserved.csv}; of fleets {@code replicas.csv}. */
  public static void write(List<DesignResult> results, Path folder) throws IOException {
    try (Writer out = open(folder, "summary.csv")) {
      out.write(String.join(",", results.get(0).summary().cells().keySet()) + "\n");
      for (DesignResult result : results) {
        out.write(line(result.summary()));
      }
    }
    try (Writer out = open(folder, "timeseries.csv")) {
      writeTimelines(results, out);
    }
    try (Writer out = open(folder, "distributions.csv")) {
      out.write("design,metric,quantile,value_ms\n");
      for (DesignResult result : results) {
        String design = result.design().name();
        quantiles(out, design + ",ttft,", result.latency().ttft());
        quantiles(out, design + ",tpot,", result.latency().tpot());
        quantiles(out, design + ",itl,", result.latency().itl());
        quantiles(out, design + ",e2e,", result.latency().endToEnd());
      }
    }
    writeReplicas(results, folder);
    List<String> designs =
        results.stream().map(result -> result.design().name()).toList();
    int replicas = Math.max(1, results.get(0).replicas().size());
    Unserved.collect(designs, replicas, folder, folder.resolve("unserved.csv"));
  }

  private static void writeReplicas(List<DesignResult> results, Path folder) throws IOException {
    if (results.get(0).replicas().isEmpty()) {
      return;
    }
    try (Writer out = open(folder, "replicas.csv")) {
      out.write(String.join(",", results.get(0).replicas().get(0).cells().keySet()) + "\n");
      for (DesignResult result : results) {
        for (Row row : result.replicas()) {
          out.write(line(row));
        }
      }
    }
  }

  private static void writeTimelines(List<DesignResult> results, Writer out) throws IOException {
    out.write("design," + String.join(",", Timeline.columns()) + "\n");
    for (DesignResult result : results) {
      Timeline timeline = result.timeline();
      for (int bin = 0; bin < timeline.bins(); bin++) {
        out.write(result.design().name() + "," + line(timeline.row(bin)));
      }
    }
  }

  private static void quantiles(Writer out, String prefix, Distribution values) throws IOException {
    for (int i = 0; i <= QUANTILES && values.count() > 0; i++) {
      double quantile = (double) i / QUANTILES;
      double milliseconds = values.quantile(quantile) / 1e6;
      out.write(
          prefix + Decimals.fixed(quantile, 3) + ',' + Decimals.fixed(milliseconds, 3) + '\n');
    }
  }

  private static String line(Row row) {
    return String.join(",", row.cells().values()) + "\n";
  }

  private static Writer open(Path folder, String name) throws IOException {
    return Files.newBufferedWriter(folder.resolve(name), StandardCharsets.UTF_8);
  }
}
