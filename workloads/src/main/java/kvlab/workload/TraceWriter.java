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
 * Writes traces in the native CSV format, the same bytes for the same trace.
 *
 * <pre>
 *   arrival_ns,prompt_tokens,output_tokens[,priority][,prompt_key][,hash_block][,hash_ids]
 *   0,374,44
 * </pre>
 *
 * <p>Columns in brackets stand only where the trace has such values; {@code hash_block} only where a
 * hash id is not for 512 tokens.
 */
public final class TraceWriter {
  /** Text is handed on in pieces of about this size. */
  private static final int CHUNK_CHARS = 1 << 16;

  private TraceWriter() {}

  /**
   * Writes a file, compressed when its name ends in .gz or .zst. It appears under its name only when
   * it is whole, and then replaces one that is there already.
   */
  public static void write(Trace trace, Path file) {
    Path whole = file.toAbsolutePath();
    String name = String.valueOf(whole.getFileName());
    Path part = whole.resolveSibling("." + name + "." + ProcessHandle.current().pid() + ".part");
    if (Files.isDirectory(whole)) {
      throw new InputException(file + ": is a directory");
    }
    try {
      try (OutputStream plain = Files.newOutputStream(part, StandardOpenOption.CREATE_NEW);
          OutputStream stored = compressed(name, plain)) {
        write(trace, stored);
      }
      Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new InputException(file + ": cannot write: " + e, e);
    } finally {
      deleteIfThere(part);
    }
  }

  /** Writes the text of a trace; leaves the stream open. */
  public static void write(Trace trace, OutputStream out) throws IOException {
    boolean hashes = trace.hashBlockTokens() > 0;
    boolean unit = hashes && trace.hashBlockTokens() != NativeRows.DEFAULT_HASH_BLOCK_TOKENS;
    StringBuilder text = new StringBuilder(2 * CHUNK_CHARS);
    text.append(NativeRows.ARRIVAL_NANOS).append(',').append(NativeRows.PROMPT);
    text.append(',').append(NativeRows.OUTPUT);
    text.append(trace.hasPriorities() ? "," + NativeRows.PRIORITY : "");
    text.append(trace.hasPromptKeys() ? "," + NativeRows.PROMPT_KEY : "");
    text.append(unit ? "," + NativeRows.HASH_BLOCK : "");
    text.append(hashes ? "," + NativeRows.HASH_IDS : "").append('\n');
    for (int i = 0; i < trace.size(); i++) {
      text.append(trace.arrivalNanos(i)).append(',').append(trace.promptTokens(i));
      text.append(',').append(trace.outputTokens(i));
      if (trace.hasPriorities()) {
        text.append(',').append(trace.priority(i));
      }
      if (trace.hasPromptKeys()) {
        text.append(',').append(trace.promptKey(i));
      }
      if (unit) {
        text.append(',').append(trace.hashBlockTokens());
      }
      for (int h = 0; h < trace.hashCount(i); h++) {
        text.append(h == 0 ? ',' : ' ').append(trace.hashId(i, h));
      }
      text.append(hashes && trace.hashCount(i) == 0 ? ",\n" : "\n");
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
