package kvlab.study;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;

/** Why a file could not be read or written, in words. */
public final class IoReason {
  private IoReason() {}

  /** One line: the file, where the system names one, and the reason. */
  public static String of(IOException e) {
    if (e instanceof FileSystemException cause) {
      return Objects.requireNonNullElse(cause.getFile(), "a file") + ": " + reason(cause);
    }
    return String.valueOf(e.getMessage()).replaceAll("\\s*\\R\\s*", "; ");
  }

  private static String reason(FileSystemException e) {
    if (e.getReason() != null) {
      return e.getReason();
    }
    if (e instanceof NoSuchFileException) {
      return "no such file";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "is a file, not a folder";
    }
    return e.getClass().getSimpleName().replace("Exception", "");
  }
}
