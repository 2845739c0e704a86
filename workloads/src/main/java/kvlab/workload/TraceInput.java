package kvlab.workload;

import com.github.luben.zstd.ZstdInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;

/**
 * The decompressed bytes of a file or of standard input, with the SHA-256 of the bytes as stored.
 * Gzip and Zstandard are known by their first bytes; a name that promises one of them must keep it.
 */
final class TraceInput implements Closeable {
  /** Decompressed bytes that are looked at before a format is chosen. */
  static final int HEAD_BYTES = 1 << 16;

  private static final String STDIN = "stdin";
  private static final int COMPRESSED_CHUNK_BYTES = 1 << 16;
  private static final int[] GZIP_MAGIC = {0x1f, 0x8b};
  private static final int[] ZSTD_MAGIC = {0x28, 0xb5, 0x2f, 0xfd};

  private final String name;
  private final InputStream stored;
  private final MessageDigest digest;
  private final InputStream plain;
  private final String compression;
  private final byte[] head;
  private final long plainBytes; // of the file; 0 when not known
  private int headRead;

  private TraceInput(String name, InputStream raw, long storedBytes) {
    this.name = name;
    this.digest = sha256Digest();
    PushbackInputStream source =
        new PushbackInputStream(new DigestInputStream(raw, digest), ZSTD_MAGIC.length);
    this.stored = source;
    byte[] magic = new byte[ZSTD_MAGIC.length];
    String kind = "plain";
    try {
      int n = source.readNBytes(magic, 0, magic.length);
      source.unread(magic, 0, n);
      if (startsWith(magic, n, GZIP_MAGIC)) {
        kind = "gzip";
      } else if (startsWith(magic, n, ZSTD_MAGIC)) {
        kind = "zstd";
      }
    } catch (IOException e) {
      throw unreadable(kind, e);
    }
    this.compression = kind;
    requireAsNamed(name, kind);
    try {
      this.plain = switch (kind) {
        case "gzip" -> new GZIPInputStream(source, COMPRESSED_CHUNK_BYTES);
        case "zstd" -> new ZstdInputStream(source);
        default -> source;
      };
    } catch (IOException e) {
      throw unreadable(kind, e);
    }
    byte[] first = new byte[HEAD_BYTES];
    this.head = Arrays.copyOf(first, fill(first));
    this.plainBytes = kind.equals("plain") ? storedBytes : 0;
  }

  /** Opens a file, or standard input for {@code -}. */
  static TraceInput open(String path) {
    if (path.equals("-")) {
      return of(STDIN, System.in);
    }
    try {
      Path file = Path.of(path);
      if (Files.isDirectory(file)) {
        throw new InputException(path + ": is a directory");
      }
      if (!Files.exists(file)) {
        throw new InputException(path + ": no such file");
      }
      return of(path, Files.newInputStream(file), Files.isRegularFile(file) ? Files.size(file) : 0);
    } catch (InvalidPathException e) {
      throw new InputException("not a file name: " + e.getMessage(), e);
    } catch (AccessDeniedException e) {
      throw new InputException(path + ": permission denied", e);
    } catch (IOException e) {
      throw new InputException(path + ": cannot read: " + e.getMessage(), e);
    }
  }

  /** Reads a stream under a name for messages; closes the stream when it cannot be read. */
  static TraceInput of(String name, InputStream raw) {
    return of(name, raw, 0);
  }

  private static TraceInput of(String name, InputStream raw, long storedBytes) {
    try {
      return new TraceInput(name, raw, storedBytes);
    } catch (InputException e) {
      try {
        raw.close();
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  /** The path as given, or {@code stdin}. */
  String name() {
    return name;
  }

  /** Whether the bytes are those of a file as it stands on disk. */
  boolean isPlainFile() {
    return compression.equals("plain") && !name.equals(STDIN);
  }

  /** How many lines a plain file has if all are as long as the first ones; 0 when its size is not known. */
  long linesAbout() {
    int lines = 0;
    for (byte each : head) {
      lines += each == '\n' ? 1 : 0;
    }
    return head.length == 0 ? 0 : (long) ((double) lines / head.length * plainBytes);
  }

  /** The first decompressed bytes; {@link #read} gives them again. */
  byte[] head() {
    return head;
  }

  /** Reads some bytes, at most so many; -1 at the end. */
  int read(byte[] into, int from, int most) {
    if (headRead < head.length) {
      int n = Math.min(most, head.length - headRead);
      System.arraycopy(head, headRead, into, from, n);
      headRead += n;
      return n;
    }
    try {
      return plain.read(into, from, most);
    } catch (IOException e) {
      throw unreadable(compression, e);
    }
  }

  /** SHA-256 of all stored bytes, in hexadecimal; reads what is left of them. */
  String sha256() {
    try {
      stored.transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      throw unreadable(compression, e);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  @Override
  public void close() {
    try {
      plain.close();
    } catch (IOException e) {
      throw unreadable(compression, e);
    }
  }

  static MessageDigest sha256Digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private int fill(byte[] into) {
    try {
      return plain.readNBytes(into, 0, into.length);
    } catch (IOException e) {
      throw unreadable(compression, e);
    }
  }

  private static void requireAsNamed(String name, String kind) {
    if (name.endsWith(".gz") && !kind.equals("gzip")) {
      throw new InputException(name + ": is not gzip data, as its name says");
    }
    if (name.endsWith(".zst") && !kind.equals("zstd")) {
      throw new InputException(name + ": is not zstd data, as its name says");
    }
  }

  private static boolean startsWith(byte[] bytes, int n, int[] magic) {
    if (n < magic.length) {
      return false;
    }
    for (int i = 0; i < magic.length; i++) {
      if ((bytes[i] & 0xff) != magic[i]) {
        return false;
      }
    }
    return true;
  }

  private InputException unreadable(String kind, IOException e) {
    if (kind.equals("plain")) {
      return new InputException(name + ": cannot read: " + e.getMessage(), e);
    }
    if (e instanceof EOFException || String.valueOf(e.getMessage()).contains("runcated")) {
      return new InputException(name + ": truncated " + kind + " data", e);
    }
    return new InputException(name + ": damaged " + kind + " data: " + e.getMessage(), e);
  }
}
