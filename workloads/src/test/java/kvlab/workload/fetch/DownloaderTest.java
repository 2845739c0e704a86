package kvlab.workload.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import kvlab.workload.InputException;
import kvlab.workload.TraceFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DownloaderTest {
  private static final int BYTES = 300_000;
  private static final int CUT_AT = 200_000;
  private static final String PATH = "/some/where/trace.csv";

  @TempDir
  Path folder;

  private final byte[] content = new byte[BYTES];
  private final List<String> ranges = Collections.synchronizedList(new ArrayList<>());
  private boolean cut;
  private boolean ignoresRange;
  private boolean changed;
  private HttpServer server = server();

  @BeforeEach
  void serve() {
    new SplittableRandom(1).nextBytes(content);
    server.createContext(PATH, this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void fetchesAndChecks() throws Exception {
    Fetched fetched = fetch(trace(sha256()));
    assertEquals(folder.resolve("made.csv"), fetched.file());
    assertTrue(fetched.checked());
    assertFalse(fetched.wasThere());
    assertArrayEquals(content, Files.readAllBytes(fetched.file()));
    assertEquals(List.of("made.csv"), names());
    assertTrue(fetch(trace(sha256())).wasThere());
    assertEquals(List.of("all"), ranges, "asked once");
  }

  @Test
  void goesOnAfterACut() throws Exception {
    cut = true;
    assertRefused("the connection broke after", trace(sha256()));
    assertEquals(List.of("made.csv.part"), names());
    long held = Files.size(folder.resolve("made.csv.part"));
    assertTrue(held > 0 && held <= CUT_AT, "held " + held);
    cut = false;
    fetch(trace(sha256()));
    assertArrayEquals(content, Files.readAllBytes(folder.resolve("made.csv")));
    assertEquals(List.of("all", "bytes=" + held + "-"), ranges);
  }

  @Test
  void startsAnewWhenTheServerIgnoresRanges() throws Exception {
    Files.write(folder.resolve("made.csv.part"), new byte[1_000]);
    ignoresRange = true;
    fetch(trace(sha256()));
    assertArrayEquals(content, Files.readAllBytes(folder.resolve("made.csv")));
  }

  @Test
  void startsAnewWhenTheFileHasChanged() throws Exception {
    Files.write(folder.resolve("made.csv.part"), new byte[1_000]);
    changed = true;
    fetch(trace(""));
    assertArrayEquals(content, Files.readAllBytes(folder.resolve("made.csv")));
    assertEquals(List.of("bytes=1000-", "all"), ranges);
  }

  @Test
  void leavesNothingInPlaceWhenTheChecksumIsWrong() throws Exception {
    String wrong = "0".repeat(64);
    assertRefused("sha256 is " + sha256() + ", but published is " + wrong, trace(wrong));
    assertEquals(List.of(), names());
  }

  @Test
  void leavesNothingInPlaceWhenTheSizeIsWrong() throws Exception {
    PublicTrace longer = trace(sha256(), OptionalLong.of(BYTES + 1), PATH);
    assertRefused("300000 bytes, but published are 300001", longer);
    assertEquals(List.of(), names());
  }

  @Test
  void saysWhenNoChecksumIsPublished() throws Exception {
    Fetched fetched = fetch(trace(""));
    assertFalse(fetched.checked());
    assertEquals(sha256(), fetched.sha256());
  }

  @Test
  void refusesWhatIsNotThere() throws Exception {
    assertRefused("not found (HTTP 404)", trace("", OptionalLong.empty(), "/nowhere.csv"));
    assertEquals(List.of(), names());
  }

  @Test
  void saysWhenTheServerCannotBeReached() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Downloader downloader = downloader("http://127.0.0.1:" + port);
    InputException refused =
        assertThrows(InputException.class, () -> downloader.fetch(trace(""), folder));
    assertTrue(String.valueOf(refused.getMessage()).contains("cannot reach 127.0.0.1"));
    assertThrows(InputException.class, () -> downloader("no address").fetch(trace(""), folder));
  }

  @Test
  void theListIsWhole() {
    List<PublicTrace> all = PublicTrace.all();
    assertEquals(8, all.size());
    assertEquals(all.size(), all.stream().map(PublicTrace::name).distinct().count());
    for (PublicTrace trace : all) {
      assertEquals("https", trace.address().getScheme());
      assertTrue(trace.sha256().isEmpty() || trace.sha256().matches("[0-9a-f]{64}"), trace.name());
      assertEquals(trace, PublicTrace.named(trace.name()));
    }
    assertThrows(InputException.class, () -> PublicTrace.named("nothing"));
  }

  private void answer(HttpExchange exchange) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    ranges.add(range == null ? "all" : range);
    int from = 0;
    if (range != null && changed) {
      exchange.sendResponseHeaders(412, -1);
      exchange.close();
      return;
    }
    if (range != null && !ignoresRange) {
      from = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, BYTES - from);
    OutputStream out = exchange.getResponseBody();
    out.write(content, from, (cut ? CUT_AT : BYTES) - from);
    out.flush();
    if (cut) {
      awaitPart(); // a client may drop what it has not read when the connection breaks
    }
    exchange.close();
  }

  private void awaitPart() throws IOException {
    Path part = folder.resolve("made.csv.part");
    long deadline = System.nanoTime() + 10_000_000_000L;
    while ((!Files.exists(part) || Files.size(part) == 0) && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
  }

  private Fetched fetch(PublicTrace trace) {
    return downloader("http://127.0.0.1:" + server.getAddress().getPort() + "/")
        .fetch(trace, folder);
  }

  private void assertRefused(String message, PublicTrace trace) {
    InputException refused = assertThrows(InputException.class, () -> fetch(trace));
    String said = String.valueOf(refused.getMessage());
    assertTrue(said.contains(message), said);
    assertEquals(1, said.lines().count());
  }

  private static Downloader downloader(String mirror) {
    return new Downloader(
        Optional.of(mirror), new PrintStream(OutputStream.nullOutputStream(), false, UTF_8));
  }

  private static PublicTrace trace(String sha256) {
    return trace(sha256, OptionalLong.empty(), PATH);
  }

  private static PublicTrace trace(String sha256, OptionalLong bytes, String path) {
    URI address = URI.create("https://example.org" + path);
    return new PublicTrace("made", address, "CC0-1.0", bytes, sha256, TraceFormat.AZURE, "made up");
  }

  private String sha256() throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> String.valueOf(file.getFileName())).toList();
    }
  }

  private static HttpServer server() {
    try {
      return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
