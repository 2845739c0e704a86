package kvlab.validate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** Holds a replay of a {@link GoldenCase} against its recording. */
public final class GoldenCheck {
  private GoldenCheck() {}

  /**
   * What came of a case.
   *
   * @param steps steps of the recording
   * @param text for a person: the case and, where it failed, the first difference
   * @param replayed the logs of the replay
   */
  public record Verdict(boolean identical, long steps, String text, GoldenCase.Logs replayed) {
    /** Writes the replayed logs to a folder. */
    public void write(Path folder) throws IOException {
      Files.createDirectories(folder);
      zip(folder.resolve("steps.csv.gz"), replayed.steps());
      zip(folder.resolve("requests.csv.gz"), replayed.requests());
      if (!replayed.detail().isEmpty()) {
        zip(folder.resolve("detail.csv.gz"), replayed.detail());
      }
    }

    private static void zip(Path file, String text) throws IOException {
      try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
        out.write(text.getBytes(UTF_8));
      }
    }
  }

  /** Replays the case and compares the logs byte for byte. */
  public static Verdict check(GoldenCase golden) {
    GoldenCase.Logs recorded = golden.recorded();
    GoldenCase.Logs replayed = golden.replay();
    long steps = recorded.steps().lines().count() - 1;
    String difference = difference(recorded, replayed);
    String text = difference.isEmpty()
        ? "identical     " + golden.name() + ": " + steps + " steps"
        : "DIFFERENT     " + golden.name() + ": " + difference;
    return new Verdict(difference.isEmpty(), steps, text, replayed);
  }

  private static String difference(GoldenCase.Logs recorded, GoldenCase.Logs replayed) {
    String difference = GoldenCase.firstDifference("detail", recorded.detail(), replayed.detail());
    if (difference.isEmpty()) {
      difference = GoldenCase.firstDifference("steps", recorded.steps(), replayed.steps());
    }
    if (difference.isEmpty()) {
      difference = GoldenCase.firstDifference("requests", recorded.requests(), replayed.requests());
    }
    return difference;
  }
}
