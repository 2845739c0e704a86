package kvlab.browser;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/**
 * A headless Chromium, spoken to in its DevTools protocol over a WebSocket. It has a profile of its own,
 * which goes with it.
 */
public final class Browser implements AutoCloseable {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome");
  private static final long ANSWER_SECONDS = 30;

  private final ObjectMapper mapper = new ObjectMapper();
  private final AtomicInteger calls = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
  private final List<BiConsumer<String, JsonNode>> listeners = new CopyOnWriteArrayList<>();
  private final Path profile;
  private final Process process;
  private final WebSocket socket;

  private Browser(Path program) throws IOException {
    profile = Files.createTempDirectory("kvlab-browser-");
    process = new ProcessBuilder(
            program.toString(),
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--no-first-run",
            "--remote-debugging-port=0",
            "--user-data-dir=" + profile,
            "about:blank")
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
    socket = HttpClient.newHttpClient()
        .newWebSocketBuilder()
        .buildAsync(URI.create(address(process.errorReader())), new Messages())
        .join();
  }

  /** The browser's program on this machine; empty where there is none. */
  static Optional<Path> program() {
    String given = System.getenv("KVLAB_BROWSER");
    if (given != null) {
      return Optional.of(Path.of(given));
    }
    return Stream.of(System.getenv("PATH").split(":"))
        .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Starts one. */
  public static Browser start() throws IOException {
    return new Browser(program().orElseThrow(() -> new IOException("no Chromium on the PATH")));
  }

  private static String address(BufferedReader lines) throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      int at = line.indexOf("ws://");
      if (line.startsWith("DevTools listening") && at >= 0) {
        Thread drain = new Thread(() -> lines.lines().forEach(rest -> {}), "browser-stderr");
        drain.setDaemon(true);
        drain.start();
        return line.substring(at).strip();
      }
    }
    throw new IOException("the browser ended before it listened");
  }

  private final class Messages implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        received(text.toString());
        text.setLength(0);
      }
      from.request(1);
      return CompletableFuture.completedStage(null);
    }
  }

  private void received(String text) {
    JsonNode message;
    try {
      message = mapper.readTree(text);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    if (message.has("id")) {
      Objects.requireNonNull(answers.remove(message.get("id").asInt())).complete(message);
    } else {
      listeners.forEach(each -> each.accept(
          message.path("sessionId").asText() + " " + message.path("method").asText(),
          message.path("params")));
    }
  }

  /** Calls for each event, named by session and method. */
  void listen(BiConsumer<String, JsonNode> listener) {
    listeners.add(listener);
  }

  ObjectNode node() {
    return mapper.createObjectNode();
  }

  /** Calls a method of a session, or with an empty one of the browser, and waits for its result. */
  JsonNode call(String session, String method, ObjectNode parameters) {
    int id = calls.incrementAndGet();
    ObjectNode message = node().put("id", id).put("method", method);
    message.set("params", parameters);
    if (!session.isEmpty()) {
      message.put("sessionId", session);
    }
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    answers.put(id, answer);
    try {
      socket.sendText(message.toString(), true).get(ANSWER_SECONDS, TimeUnit.SECONDS);
      JsonNode result = answer.get(ANSWER_SECONDS, TimeUnit.SECONDS);
      if (result.has("error")) {
        throw new IllegalStateException(method + ": " + result.get("error"));
      }
      return result.path("result");
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new IllegalStateException(method + ": no answer", e);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      call("", "Browser.close", node());
      process.waitFor(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    try (Stream<Path> files = Files.walk(profile)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
