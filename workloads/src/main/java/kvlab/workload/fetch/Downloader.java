package kvlab.workload.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import kvlab.workload.InputException;

/**
 * Gets public traces over HTTP. What has come so far stands in a file named {@code .part}; a later
 * call asks only for the rest. The file takes its own name once size and checksum are right.
 */
public final class Downloader {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long PROGRESS_NANOS = 2_000_000_000L;
  private static final int CHUNK_BYTES = 1 << 16;
  private static final int OK = 200;
  private static final int PARTIAL_CONTENT = 206;
  private static final int NOT_FOUND = 404;
  private static final int PRECONDITION_FAILED = 412;
  private static final int RANGE_NOT_SATISFIABLE = 416;

  private final Optional<String> mirror;
  private final PrintStream progress;
  private final HttpClient client = HttpClient.newBuilder()
      .connectTimeout(PATIENCE)
      .followRedirects(HttpClient.Redirect.NORMAL)
      .build();

  /**
   * A downloader.
   *
   * @param mirror stands in for the scheme and host of every address
   * @param progress a line every other second
   */
  public Downloader(Optional<String> mirror, PrintStream progress) {
    this.mirror = mirror;
    this.progress = progress;
  }

  /** Gets a trace into a folder, which is made if need be; a right file there already will do. */
  public Fetched fetch(PublicTrace trace, Path folder) {
    Path file = folder.resolve(trace.fileName());
    Path part = folder.resolve(trace.fileName() + ".part");
    URI address = address(trace);
    try {
      Files.createDirectories(folder);
      if (Files.exists(file)) {
        return verified(trace, file, file, true);
      }
      receive(address, part, trace.bytes());
      Fetched fetched;
      try {
        fetched = verified(trace, part, file, false);
      } catch (InputException wrong) {
        Files.delete(part); // no later call can make it right
        throw wrong;
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      return fetched;
    } catch (ConnectException | HttpTimeoutException e) {
      throw new InputException(
          address + ": cannot reach " + address.getHost() + "; is there a network?", e);
    } catch (IOException e) {
      throw new InputException(address + ": " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InputException(address + ": interrupted", e);
    }
  }

  private URI address(PublicTrace trace) {
    if (mirror.isEmpty()) {
      return trace.address();
    }
    String prefix = mirror.get().replaceFirst("/+$", "");
    try {
      URI address = URI.create(prefix + trace.address().getRawPath());
      HttpRequest.newBuilder(address); // refuses what is no HTTP address
      return address;
    } catch (IllegalArgumentException e) {
      throw new InputException("not an address for a mirror: " + mirror.get(), e);
    }
  }

  /** Gets all bytes into the part file, after those that it holds where the server goes along. */
  private void receive(URI address, Path part, OptionalLong bytes)
      throws IOException, InterruptedException {
    long held = Files.exists(part) ? Files.size(part) : 0;
    if (held > 0 && bytes.isPresent() && held >= bytes.getAsLong()) {
      return; // whole, or wrong; the check tells
    }
    HttpResponse<InputStream> response = ask(address, part, held);
    int status = response.statusCode();
    if (held > 0 && (status == PRECONDITION_FAILED || status == RANGE_NOT_SATISFIABLE)) {
      response.body().close();
      held = 0;
      response = ask(address, part, held);
      status = response.statusCode();
    }
    try (InputStream body = response.body()) {
      if (status != OK && (status != PARTIAL_CONTENT || held == 0)) {
        String why = status == NOT_FOUND ? "not found (HTTP 404)" : "HTTP status " + status;
        throw new InputException(address + ": " + why);
      }
      append(address, body, part, status == PARTIAL_CONTENT ? held : 0, bytes);
    }
  }

  private HttpResponse<InputStream> ask(URI address, Path part, long held)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(address).timeout(PATIENCE);
    if (held > 0) {
      request.header("Range", "bytes=" + held + "-");
      // a file that changed since the part was written must come anew
      request.header(
          "If-Unmodified-Since",
          DateTimeFormatter.RFC_1123_DATE_TIME.format(
              Files.getLastModifiedTime(part).toInstant().atOffset(ZoneOffset.UTC)));
    }
    return client.send(request.build(), BodyHandlers.ofInputStream());
  }

  private void append(URI address, InputStream body, Path part, long held, OptionalLong bytes)
      throws IOException {
    long received = held;
    long reported = System.nanoTime();
    StandardOpenOption how =
        held > 0 ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING;
    byte[] chunk = new byte[CHUNK_BYTES];
    try (OutputStream out =
        Files.newOutputStream(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, how)) {
      while (true) {
        int n;
        try {
          n = body.read(chunk);
        } catch (IOException e) {
          throw new InputException(
              address + ": the connection broke after " + received + " bytes; fetch again to go on",
              e);
        }
        if (n < 0) {
          return;
        }
        out.write(chunk, 0, n);
        received += n;
        if (System.nanoTime() - reported > PROGRESS_NANOS) {
          reported = System.nanoTime();
          String all = bytes.isPresent() ? " of " + megabytes(bytes.getAsLong()) : "";
          progress.println("fetched " + megabytes(received) + all + " MB");
        }
      }
    }
  }

  /** Checks size and checksum of a file that is or will be at a place. */
  private static Fetched verified(PublicTrace trace, Path stored, Path place, boolean wasThere)
      throws IOException {
    long bytes = Files.size(stored);
    if (trace.bytes().isPresent() && trace.bytes().getAsLong() != bytes) {
      throw new InputException(
          place + ": " + bytes + " bytes, but published are " + trace.bytes().getAsLong());
    }
    String sha256 = sha256(stored);
    boolean published = !trace.sha256().isEmpty();
    if (published && !trace.sha256().equals(sha256)) {
      throw new InputException(
          place + ": sha256 is " + sha256 + ", but published is " + trace.sha256());
    }
    return new Fetched(place, bytes, sha256, published, wasThere);
  }

  private static String sha256(Path file) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
        in.transferTo(OutputStream.nullOutputStream());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f", bytes / 1e6);
  }
}
