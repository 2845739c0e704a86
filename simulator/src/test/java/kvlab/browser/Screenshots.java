package kvlab.browser;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Takes the pictures of a report that the README shows; {@code docs/screenshots} runs it. */
public final class Screenshots {
  private static final int WIDTH = 1180;
  private static final int HEIGHT = 1000;
  private static final int MARGIN = 12;
  private static final double SCALE = 1.25;

  private Screenshots() {}

  /** Arguments: the report, the folder for the pictures. */
  public static void main(String[] arguments) throws IOException {
    Path report = Path.of(arguments[0]).toAbsolutePath();
    Path folder = Files.createDirectories(Path.of(arguments[1]));
    try (Browser browser = Browser.start()) {
      Tab tab = new Tab(browser, WIDTH, HEIGHT, SCALE, false);
      tab.open(report);
      tab.evaluate("document.querySelector('nav').hidden = true");
      tab.picture("header, #table", MARGIN, folder.resolve("report.png"));
      tab.picture("#memory", MARGIN, folder.resolve("memory-map.png"));
    }
  }
}
