package kvlab.browser;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A page of a browser, of a given size in CSS pixels; it notes what it asks for and complains of. */
public final class Tab {
  private static final long READY_NANOS = 20_000_000_000L;
  private static final long POLL_MILLIS = 20;

  private final Browser browser;
  private final String session;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> complaints = new CopyOnWriteArrayList<>();

  /** Opens an empty page. */
  public Tab(Browser browser, int width, int height, double scale, boolean dark) {
    this.browser = browser;
    String target = browser
        .call("", "Target.createTarget", browser.node().put("url", "about:blank"))
        .get("targetId")
        .asText();
    session = browser
        .call(
            "",
            "Target.attachToTarget",
            browser.node().put("targetId", target).put("flatten", true))
        .get("sessionId")
        .asText();
    browser.listen(this::note);
    for (String domain : List.of("Page", "Runtime", "Network", "Log")) {
      call(domain + ".enable", browser.node());
    }
    call(
        "Emulation.setDeviceMetricsOverride",
        browser
            .node()
            .put("width", width)
            .put("height", height)
            .put("deviceScaleFactor", scale)
            .put("mobile", width < 600));
    ObjectNode media = browser.node();
    media
        .putArray("features")
        .addObject()
        .put("name", "prefers-color-scheme")
        .put("value", dark ? "dark" : "light");
    call("Emulation.setEmulatedMedia", media);
  }

  private void note(String event, JsonNode parameters) {
    if (event.equals(session + " Network.requestWillBeSent")) {
      requests.add(parameters.at("/request/url").asText());
    } else if (event.equals(session + " Runtime.exceptionThrown")) {
      complaints.add(parameters.at("/exceptionDetails").toString());
    } else if (event.equals(session + " Runtime.consoleAPICalled")
        && parameters.path("type").asText().matches("error|warning|assert")) {
      complaints.add(parameters.path("args").toString());
    } else if (event.equals(session + " Log.entryAdded")) {
      complaints.add(parameters.at("/entry/text").asText());
    }
  }

  private JsonNode call(String method, ObjectNode parameters) {
    return browser.call(session, method, parameters);
  }

  /** Opens a report and waits until it is drawn. */
  public void open(Path file) {
    call("Page.navigate", browser.node().put("url", file.toUri().toString()));
    await("document.documentElement?.dataset.ready === 'yes'");
  }

  /** Waits until an expression is true. */
  public void await(String expression) {
    long deadline = System.nanoTime() + READY_NANOS;
    while (!evaluate(expression).asBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(expression + " did not become true; " + complaints);
      }
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** The value of an expression, or of the promise that it is. */
  public JsonNode evaluate(String expression) {
    JsonNode result = call(
        "Runtime.evaluate",
        browser
            .node()
            .put("expression", expression)
            .put("returnByValue", true)
            .put("awaitPromise", true));
    if (result.has("exceptionDetails")) {
      throw new IllegalStateException(expression + ": " + result.get("exceptionDetails"));
    }
    return result.at("/result/value");
  }

  /** A mouse event: mouseMoved, mousePressed or mouseReleased. */
  public void mouse(String type, double x, double y, int clicks) {
    call(
        "Input.dispatchMouseEvent",
        browser
            .node()
            .put("type", type)
            .put("x", x)
            .put("y", y)
            .put("button", type.equals("mouseMoved") ? "none" : "left")
            .put("clickCount", clicks));
  }

  /** A picture of what is in the window, as PNG. */
  public byte[] picture() {
    String data = call("Page.captureScreenshot", browser.node().put("format", "png"))
        .get("data")
        .asText();
    return Base64.getDecoder().decode(data);
  }

  /** Writes a picture of all elements that match and so much around them. */
  public void picture(String selector, int margin, Path file) throws IOException {
    JsonNode box = evaluate("""
        (() => {
          const boxes = [...document.querySelectorAll('%s')].map((e) => e.getBoundingClientRect());
          const x = Math.min(...boxes.map((box) => box.left));
          const y = Math.min(...boxes.map((box) => box.top));
          return { x: x + scrollX, y: y + scrollY,
            width: Math.max(...boxes.map((box) => box.right)) - x,
            height: Math.max(...boxes.map((box) => box.bottom)) - y };
        })()""".formatted(selector));
    ObjectNode parameters = browser.node().put("format", "png").put("captureBeyondViewport", true);
    parameters
        .putObject("clip")
        .put("x", Math.max(0, box.get("x").asDouble() - margin))
        .put("y", Math.max(0, box.get("y").asDouble() - margin))
        .put("width", box.get("width").asDouble() + 2 * margin)
        .put("height", box.get("height").asDouble() + 2 * margin)
        .put("scale", 1);
    String data = call("Page.captureScreenshot", parameters).get("data").asText();
    Files.write(file, Base64.getDecoder().decode(data));
  }

  /** The page as a PDF on A4. */
  public byte[] pdf() {
    ObjectNode parameters = browser.node().put("printBackground", true);
    parameters.put("paperWidth", 8.27).put("paperHeight", 11.69);
    return Base64.getDecoder()
        .decode(call("Page.printToPDF", parameters).get("data").asText());
  }

  /** URLs that it has asked for. */
  public List<String> requests() {
    return requests;
  }

  /** Errors and warnings. */
  public List<String> complaints() {
    return complaints;
  }
}
