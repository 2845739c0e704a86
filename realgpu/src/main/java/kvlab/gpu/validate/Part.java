package kvlab.gpu.validate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** One part of the suite. */
interface Part {
  /**
   * Measures and compares.
   *
   * @param out where files of its points go, named after it
   */
  List<Finding> run(Bench bench, Path out) throws IOException;
}
