package kvlab.workload;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** What can be known of a file from its first bytes: enough to tell one format from another. */
final class TraceHead {
  private static final int TAR_MAGIC_AT = 257;
  private static final String TAR_MAGIC = "ustar";

  private final byte[] bytes;
  private final String firstLine;

  TraceHead(byte[] bytes) {
    this.bytes = bytes;
    String text = new String(bytes, StandardCharsets.UTF_8);
    String bare = text.startsWith("\ufeff") ? text.substring(1) : text;
    this.firstLine = bare.lines().filter(line -> !line.isBlank()).findFirst().orElse("");
  }

  /** Whether there is nothing but blanks. */
  boolean isEmpty() {
    return firstLine.isEmpty();
  }

  boolean startsWith(byte[] magic) {
    return Arrays.equals(bytes, 0, Math.min(bytes.length, magic.length), magic, 0, magic.length);
  }

  boolean isTar() {
    return bytes.length >= TAR_MAGIC_AT + TAR_MAGIC.length()
        && TAR_MAGIC.equals(
            new String(bytes, TAR_MAGIC_AT, TAR_MAGIC.length(), StandardCharsets.ISO_8859_1));
  }

  /** Whether there are bytes that no text has. */
  boolean isBinary() {
    for (byte b : bytes) {
      if (b >= 0 && b < ' ' && b != '\n' && b != '\r' && b != '\t') {
        return true;
      }
    }
    return false;
  }

  /** Whether the first line is a CSV header with all of these columns. */
  boolean hasColumns(String... names) {
    return !isJson() && Set.copyOf(CsvRows.names(firstLine)).containsAll(List.of(names));
  }

  /** Whether the first line is a JSON object that mentions all of these keys. */
  boolean hasKeys(String... names) {
    for (String name : names) {
      if (!firstLine.contains("\"" + name + "\"")) {
        return false;
      }
    }
    return isJson();
  }

  private boolean isJson() {
    return firstLine.stripLeading().startsWith("{");
  }
}
