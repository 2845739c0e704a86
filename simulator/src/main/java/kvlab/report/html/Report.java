package kvlab.report.html;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import kvlab.report.RunFiles;
import kvlab.workload.InputException;

/** Writes {@code report.html} into a folder of results. */
public final class Report {
  /** The name of the file. */
  public static final String NAME = "report.html";

  private Report() {}

  /**
   * Writes the report of a run or a sweep beside its result files, and returns where it is.
   *
   * @throws InputException when the folder has neither a {@code summary.csv} nor a {@code sweep.csv}
   */
  public static Path write(Path directory) {
    return write(RunFiles.open(directory), directory);
  }

  /** The same where the files of the folder are open already. */
  public static Path write(RunFiles run, Path directory) {
    Path file = directory.resolve(NAME);
    byte[] page = Files.isRegularFile(directory.resolve("sweep.csv"))
        ? SweepReport.of(directory)
        : RunReport.of(run, directory);
    try {
      Path part = directory.resolve(NAME + ".part");
      Files.write(part, page);
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new InputException(file + ": cannot be written: " + e.getMessage(), e);
    }
    return file;
  }
}
