package kvlab.workload;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.GZIPOutputStream;

/**
 * Writes traces in the native CSV format or in the binary one ({@link BinaryTrace}), the same bytes for
 * the same trace.
 *
 * <pre>
 *   arrival_ns,prompt_tokens,output_tokens[,priority][,prompt_key][,hash_block][,hash_ids]
 *   0,374,44
 * </pre>
 *
 * <p>Columns in brackets stand only where the trace has such values; {@code hash_block} only where a
 * hash id is not for 512 tokens. A CSV row's id is its number in the file written; the binary format keeps
 * the ids of the source.
 */
public final class TraceWriter {
  /** Text is handed on in pieces of about this size. */
  private static final int CHUNK_CHARS = 1 << 16;

  private TraceWriter() {}

  /**
   * Writes a file, compressed when its name ends in .gz or .zst, and makes the folders it is to be in. It
   * appears under its name only when it is whole, and then replaces one that is there already.
   */
  public static void write(RequestSource trace, TraceFormat format, boolean timed, Path file) {
    Path whole = file.toAbsolutePath();
    String name = String.valueOf(whole.getFileName());
    Path part = whole.resolveSibling("." + name + "." + ProcessHandle.current().pid() + ".part");
    Path into = whole.getParent();
    if (into == null || Files.isDirectory(whole)) {
      throw new InputException(file + ": is a directory");
    }
    try {
      Files.createDirectories(into);
      try (OutputStream plain = Files.newOutputStream(part, StandardOpenOption.CREATE_NEW);
          OutputStream stored = compressed(name, plain)) {
        write(trace, format, timed, stored);
      }
      Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new InputException(file + ": cannot write: " + e, e);
    } finally {
      deleteIfThere(part);
    }
  }

  /** The format that a file name asks for by its ending. */
  public static TraceFormat format(String name) {
    String plain = Traces.traceName(name);
    return plain.endsWith(".bin") ? TraceFormat.BINARY : TraceFormat.NATIVE;
  }

  /** Writes a trace in the native or the binary format; leaves the stream open. */
  public static void write(RequestSource trace, TraceFormat format, boolean timed, OutputStream out)
      throws IOException {
    switch (format) {
      case NATIVE -> writeText(trace, out);
      case BINARY -> BinaryTrace.write(trace.stream(), timed, out);
      default ->
        throw new InputException("traces are written as " + TraceFormat.NATIVE + " or "
            + TraceFormat.BINARY + ", not as " + format);
    }
  }

  private static void writeText(RequestSource trace, OutputStream out) throws IOException {
    boolean hashes = trace.hashBlockTokens() > 0;
    boolean unit = hashes && trace.hashBlockTokens() != NativeRows.DEFAULT_HASH_BLOCK_TOKENS;
    StringBuilder text = new StringBuilder(2 * CHUNK_CHARS);
    text.append(NativeRows.ARRIVAL_NANOS).append(',').append(NativeRows.PROMPT);
    text.append(',').append(NativeRows.OUTPUT);
    text.append(trace.hasPriorities() ? "," + NativeRows.PRIORITY : "");
    text.append(trace.hasPromptKeys() ? "," + NativeRows.PROMPT_KEY : "");
    text.append(unit ? "," + NativeRows.HASH_BLOCK : "");
    text.append(hashes ? "," + NativeRows.HASH_IDS : "").append('\n');
    RequestStream request = trace.stream();
    while (request.next()) {
      text.append(request.arrivalNanos()).append(',').append(request.promptTokens());
      text.append(',').append(request.outputTokens());
      if (trace.hasPriorities()) {
        text.append(',').append(request.priority());
      }
      if (trace.hasPromptKeys()) {
        text.append(',').append(request.promptKey());
      }
      if (unit) {
        text.append(',').append(trace.hashBlockTokens());
      }
      for (int h = 0; h < request.hashCount(); h++) {
        text.append(h == 0 ? ',' : ' ').append(request.hashId(h));
      }
      text.append(hashes && request.hashCount() == 0 ? ",\n" : "\n");
      if (text.length() > CHUNK_CHARS) {
        flush(text, out);
      }
    }
    flush(text, out);
    out.flush();
  }

  private static void flush(StringBuilder text, OutputStream out) throws IOException {
    out.write(text.toString().getBytes(StandardCharsets.US_ASCII));
    text.setLength(0);
  }

  private static OutputStream compressed(String name, OutputStream plain) throws IOException {
    if (name.endsWith(".gz")) {
      return new GZIPOutputStream(plain); // writes no time stamp, so that bytes repeat
    }
    return name.endsWith(".zst") ? new ZstdOutputStream(plain) : plain;
  }

  private static void deleteIfThere(Path part) {
    try {
      Files.deleteIfExists(part);
    } catch (IOException e) {
      throw new InputException(part + ": cannot delete: " + e, e);
    }
  }
}
