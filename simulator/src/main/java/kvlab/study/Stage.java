package kvlab.study;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import kvlab.workload.InputException;

/**
 * A folder beside the result folder in which a run writes its files. They move to the result folder
 * when all of them are there; a run that fails leaves nothing behind.
 */
public final class Stage implements AutoCloseable {
  private final Path target;
  private final Path folder;
  private final Path parent;
  private final boolean createdParent;

  /** Opens a stage for a result folder, which need not exist. */
  public Stage(Path target) {
    this.target = target.toAbsolutePath().normalize();
    this.parent = Objects.requireNonNullElse(this.target.getParent(), this.target);
    if (Files.exists(this.target) && !Files.isDirectory(this.target)) {
      throw new InputException(target + ": is a file, not a folder for results");
    }
    try {
      createdParent = !Files.exists(parent);
      Files.createDirectories(parent);
      folder = Files.createTempDirectory(parent, ".kvlab-");
    } catch (IOException e) {
      throw new InputException(target + ": cannot write results there: " + e.getMessage(), e);
    }
  }

  /** Where the run writes. */
  public Path folder() {
    return folder;
  }

  /** Moves every file to the result folder, replacing those of the same name. */
  public void publish() throws IOException {
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
      for (Path file : filesDeepestFirst()) {
        Files.delete(file);
      }
      if (createdParent) {
        deleteIfEmpty(parent);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void deleteIfEmpty(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      if (files.findAny().isPresent()) {
        return;
      }
    }
    Files.delete(folder);
  }
}
