package kvlab.report.html;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Result files of an invented run with more rows than any screen has pixels, and one spike in each design. */
public final class LargeRun {
  /** How many requests run in the one row of each design that has the most. */
  public static final int SPIKE = 5000;

  private static final String PARTS =
      "live_pct,reserved_pct,internal_pct,rounding_pct,cached_pct,external_pct,short_pct,idle_pct,"
          + "withheld_pct";

  private LargeRun() {}

  /** Writes the files with so many rows per design, a second each. */
  public static Path write(Path directory, int designs, int rows) throws IOException {
    Files.createDirectories(directory);
    List<String> names =
        IntStream.range(0, designs).mapToObj(d -> "design-" + d).toList();
    List<String> summary = new ArrayList<>(
        List.of("design,requests," + PARTS + ",requests_per_s,output_tokens_per_s"));
    names.forEach(name -> summary.add(name + ",1000,40,5,5,0,0,0,0,50,0,1.0,100.0"));
    Files.write(directory.resolve("summary.csv"), summary);
    Files.writeString(directory.resolve("distributions.csv"), "design,metric,quantile,value_ms\n");
    try (BufferedWriter out = Files.newBufferedWriter(directory.resolve("timeseries.csv"))) {
      out.write("design,t_s,dt_s," + PARTS + ",running,waiting,output_tokens_per_s\n");
      SplittableRandom random = new SplittableRandom(1);
      for (int d = 0; d < designs; d++) {
        for (int row = 0; row < rows; row++) {
          int live = random.nextInt(90); // of 100
          int running = row == rows / 3 + d ? SPIKE : random.nextInt(100);
          out.write(names.get(d) + "," + row + ",1," + live + ",5,0,0,0,0,0," + (95 - live) + ",0,"
              + running + "," + random.nextInt(50) + "," + random.nextInt(2000) + "\n");
        }
      }
    }
    return directory;
  }
}
