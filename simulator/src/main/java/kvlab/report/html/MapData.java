package kvlab.report.html;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kvlab.workload.InputException;

/** Films of the pool, {@code maps/DESIGN.gz} as they were recorded. */
final class MapData {
  private static final long MOST_BYTES =
      5_000_000; // of all films together; text takes a third more

  private MapData() {}

  /** Puts the files there are, by design, as long as they fit; returns the designs whose films do not. */
  static List<String> put(Path directory, List<String> designs, Map<String, byte[]> films) {
    List<String> tooMuch = new ArrayList<>();
    long bytes = 0;
    for (String design : designs) {
      Path file = directory.resolve("maps").resolve(design + ".gz");
      try {
        if (!Files.isRegularFile(file)) {
          continue;
        }
        bytes += Files.size(file);
        if (bytes > MOST_BYTES) {
          tooMuch.add(design);
          bytes -= Files.size(file);
        } else {
          films.put(design, Files.readAllBytes(file));
        }
      } catch (IOException e) {
        throw new InputException(file + ": cannot be read: " + e.getMessage(), e);
      }
    }
    return tooMuch;
  }
}
