package kvlab.report.html;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import kvlab.workload.InputException;

/** Films of the pool, {@code maps/DESIGN.gz} as they were recorded, for the scripts. */
final class MapData {
  private static final long MOST_BYTES =
      5_000_000; // of all films together; text takes a third more

  private MapData() {}

  /** Puts the films there are, by design, as long as they fit; returns the designs whose films do not. */
  static List<String> put(Path directory, List<String> designs, ObjectNode data) {
    List<String> tooMuch = new ArrayList<>();
    ObjectNode maps = data.objectNode();
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
          String text = Base64.getEncoder().encodeToString(Files.readAllBytes(file));
          maps.putRawValue(design, new RawValue('"' + text + '"')); // with nothing to escape
        }
      } catch (IOException e) {
        throw new InputException(file + ": cannot be read: " + e.getMessage(), e);
      }
    }
    if (!maps.isEmpty()) {
      data.set("maps", maps);
    }
    return tooMuch;
  }
}
