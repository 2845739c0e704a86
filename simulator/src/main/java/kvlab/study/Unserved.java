package kvlab.study;

import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import kvlab.metrics.Rejection;
import kvlab.metrics.RequestProbe;
import kvlab.metrics.RequestView;

/**
 * Names every request that did not finish, with the reason: a file for each server while they run, which
 * {@link #collect} appends to one list.
 */
final class Unserved implements RequestProbe, Closeable {
  private static final String HEADER = "design,id,prompt_tokens,output_tokens,outcome,reason";

  private final String design;
  private final BufferedWriter out;

  Unserved(Path folder, String design, int replica) throws IOException {
    this.design = design;
    this.out = Files.newBufferedWriter(file(folder, design, replica), StandardCharsets.UTF_8);
  }

  private static Path file(Path folder, String design, int replica) {
    return folder.resolve(design + "-" + replica + ".unserved");
  }

  /** Moves the lists of the designs' servers in a folder to one, in the order of both. */
  static void collect(Iterable<String> designs, int replicas, Path folder, Path list)
      throws IOException {
    try (Writer out = Files.newBufferedWriter(list, StandardCharsets.UTF_8)) {
      out.write(HEADER + "\n");
      for (String design : designs) {
        for (int replica = 0; replica < replicas; replica++) {
          Path file = file(folder, design, replica);
          try (var in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            in.transferTo(out);
          }
          Files.delete(file);
        }
      }
    }
  }

  @Override
  public void onReject(RequestView request, Rejection reason) {
    String code = reason.name().toLowerCase(Locale.ROOT).replace('_', '-');
    add(request, "rejected", code);
  }

  @Override
  public void onUnfinished(RequestView request) {
    add(request, "unfinished", "run-cut");
  }

  private void add(RequestView request, String outcome, String reason) {
    try {
      out.write(design + "," + request.id() + "," + request.promptTokens() + ","
          + request.outputTokens() + "," + outcome + "," + reason + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
