package kvlab.report.html;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kvlab.report.Part;
import kvlab.report.RunFiles;
import kvlab.report.RunTable;

/**
 * The time series of a run as columns for the scripts.
 *
 * <p>A design with more than {@value #MOST_ROWS} rows gets so many, two for each stretch of its rows:
 * parts of the pool are the stretch's time-weighted mean in both, the other columns its lowest and
 * highest value in the order in which they come, so that a line drawn through them covers what the line
 * through all rows would have.
 */
final class SeriesData {
  private static final int MOST_ROWS = 24_000;
  private static final List<String> LINES = List.of("running", "waiting", "output_tokens_per_s");
  private static final int MICROS = 6;
  private static final int HUNDREDTHS = 2;

  private SeriesData() {}

  /** Puts columns t_s, dt_s, the parts and the lines, the same for every design. */
  static void put(RunFiles run, ObjectNode data) {
    List<String> columns = new ArrayList<>(List.of("t_s", "dt_s"));
    for (Part part : Part.values()) {
      columns.add(part.column());
    }
    for (String line : LINES) {
      if (run.timeseries().has(line)) {
        columns.add(line);
      }
    }
    ArrayNode names = data.putArray("columns");
    columns.forEach(names::add);
    ArrayNode series = data.putArray("series");
    for (String design : run.designs()) {
      double[][] rows = rows(run.timeseries(), design, columns);
      double[][] drawn = rows[0].length > MOST_ROWS ? thinned(rows) : rows;
      Packed packed = new Packed(columns.size(), drawn[0].length);
      for (int column = 0; column < drawn.length; column++) {
        packed.column(drawn[column], column < 2 ? MICROS : HUNDREDTHS);
      }
      series
          .addObject()
          .put("rows", rows[0].length)
          .put("drawn", drawn[0].length)
          .put("packed", packed.base64());
    }
  }

  /** The columns of one design's rows in file order. */
  private static double[][] rows(RunTable table, String design, List<String> columns) {
    int[] rows = new int[table.rows()];
    int n = 0;
    for (int row = 0; row < rows.length; row++) {
      if (table.text("design", row).equals(design)) {
        rows[n++] = row;
      }
    }
    int[] its = Arrays.copyOf(rows, n);
    return columns.stream()
        .map(column ->
            Arrays.stream(its).mapToDouble(row -> table.number(column, row)).toArray())
        .toArray(double[][]::new);
  }

  private static double[][] thinned(double[][] rows) {
    int parts = Part.values().length;
    int all = rows[0].length;
    int stretches = MOST_ROWS / 2;
    double[][] thin = new double[rows.length][2 * stretches];
    for (int s = 0; s < stretches; s++) {
      int from = (int) ((long) all * s / stretches);
      int to = (int) ((long) all * (s + 1) / stretches);
      double start = rows[0][from];
      double half = (rows[0][to - 1] + rows[1][to - 1] - start) / 2;
      for (int side = 0; side < 2; side++) {
        thin[0][2 * s + side] = start + side * half;
        thin[1][2 * s + side] = half;
      }
      for (int column = 2; column < 2 + parts; column++) {
        double mean = mean(rows[column], rows[1], from, to);
        thin[column][2 * s] = mean;
        thin[column][2 * s + 1] = mean;
      }
      for (int column = 2 + parts; column < rows.length; column++) {
        ends(rows[column], from, to, thin[column], 2 * s);
      }
    }
    return thin;
  }

  private static double mean(double[] values, double[] weights, int from, int to) {
    double sum = 0;
    double weight = 0;
    for (int i = from; i < to; i++) {
      sum += values[i] * weights[i];
      weight += weights[i];
    }
    return weight > 0 ? sum / weight : values[from];
  }

  /** The lowest and the highest value of a stretch, the earlier of them first. */
  private static void ends(double[] values, int from, int to, double[] into, int at) {
    int low = from;
    int high = from;
    for (int i = from; i < to; i++) {
      low = values[i] < values[low] ? i : low;
      high = values[i] > values[high] ? i : high;
    }
    into[at] = values[Math.min(low, high)];
    into[at + 1] = values[Math.max(low, high)];
  }
}
