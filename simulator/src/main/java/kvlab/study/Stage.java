package kvlab.study;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import kvlab.workload.InputException;

/**
 * A folder beside the result folder in which a run writes its files. They move to the result folder
 * when all of them are there; a run that fails, or is ended by a signal, leaves nothing behind.
 */
public final class Stage implements AutoCloseable {
  private static final int MOST_TRIES = 100;
  private static final long RETRY_NANOS = 10_000_000;

  private final Path target;
  private final Path folder;
  private final List<Path> madeFolders; // above the result folder, deepest first
  private final Thread cleaner = new Thread(this::discardAtExit, "stage-cleaner");

  /** Opens a stage for a result folder, which need not exist. */
  public Stage(Path target) {
    if (target.toString().isEmpty()) {
      throw new InputException("the folder for results has an empty name");
    }
    this.target = target.toAbsolutePath().normalize();
    Path parent = Objects.requireNonNullElse(this.target.getParent(), this.target);
    if (Files.exists(this.target) && !Files.isDirectory(this.target)) {
      throw new InputException(target + ": is a file, not a folder for results");
    }
    madeFolders = missing(parent);
    try {
      Files.createDirectories(parent);
      folder = Files.createTempDirectory(parent, ".kvlab-");
    } catch (IOException e) {
      throw new InputException(target + ": cannot write results there: " + IoReason.of(e), e);
    }
    Runtime.getRuntime().addShutdownHook(cleaner);
  }

  private static List<Path> missing(Path folder) {
    List<Path> missing = new ArrayList<>();
    for (Path at = folder; at != null && !Files.exists(at); at = at.getParent()) {
      missing.add(at);
    }
    return missing;
  }

  /** Where the run writes. */
  public Path folder() {
    return folder;
  }

  /** Moves every file to the result folder, replacing those of the same name. */
  public synchronized void publish() throws IOException {
    for (Path file : filesDeepestFirst()) {
      Path place = target.resolve(folder.relativize(file).toString());
      if (Files.isRegularFile(file)) {
        Files.createDirectories(Objects.requireNonNull(place.getParent()));
        Files.move(file, place, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private List<Path> filesDeepestFirst() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.sorted(Comparator.reverseOrder()).toList();
    }
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(cleaner);
      discard();
    } catch (IllegalStateException atExit) {
      return; // the cleaner is at work
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private synchronized void discard() throws IOException {
    for (Path file : filesDeepestFirst()) {
      Files.deleteIfExists(file);
    }
    for (Path made : madeFolders) {
      if (!isEmpty(made)) {
        return;
      }
      Files.delete(made);
    }
  }

  /** The run goes on until the process ends, and may add files while they are deleted. */
  private void discardAtExit() {
    for (int tries = 0; tries < MOST_TRIES && Files.exists(folder); tries++) {
      try {
        discard();
      } catch (IOException | UncheckedIOException stillWritten) {
        LockSupport.parkNanos(RETRY_NANOS);
      }
    }
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.findAny().isEmpty();
    }
  }
}
