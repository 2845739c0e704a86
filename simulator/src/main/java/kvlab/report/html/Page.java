package kvlab.report.html;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import kvlab.json.Json;

/**
 * A page that needs nothing but itself: style, scripts and data are inside, and its content security
 * policy allows just these, by their SHA-256, and no request to anywhere.
 */
final class Page {
  private static final String OWN = "/kvlab/report/html/";
  private static final String UPLOT = "org.webjars.npm/uplot";
  private static final int LIKELY_BYTES = 1 << 20;
  private static final String[] SCRIPTS = {
    "codec.js",
    "view.js",
    "theme.js",
    "series.js",
    "chart.js",
    "run.js",
    "film.js",
    "map.js",
    "sweep.js",
    "main.js"
  };

  private Page() {}

  /**
   * The page in UTF-8.
   *
   * @param style rules that go after those of every page
   * @param body markup of the sections
   * @param data JSON for the scripts
   */
  static byte[] of(String title, String style, String body, String data) {
    return of(title, style, body, data, Map.of());
  }

  /**
   * The same with films of the pool by their designs, which become the last field of the data, {@code maps}, in
   * base64. As strings among the data they would be copied five times.
   */
  static byte[] of(
      String title, String style, String body, String data, Map<String, byte[]> films) {
    String version = uplotVersion();
    String uplot = "/META-INF/resources/webjars/uplot/" + version + "/";
    String css = text(uplot + "dist/uPlot.min.css") + text(OWN + "page.css") + style;
    StringBuilder own = new StringBuilder("'use strict';\n");
    for (String script : SCRIPTS) {
      own.append(text(OWN + script));
    }
    String library = text(uplot + "dist/uPlot.iife.min.js");
    return filled(
        text(OWN + "page.html"),
        Map.of(
            "policy", bytes(policy(css, library, own.toString())),
            "uplot", bytes(version),
            "licence", bytes(text(uplot + "LICENSE").strip()),
            "style", bytes(css),
            "library", bytes(library),
            "script", bytes(own.toString()),
            "title", bytes(Html.escaped(title)),
            "body", bytes(body),
            "data", withFilms(bytes(unmarked(data)), films)));
  }

  /** JSON in which nothing can end the script that it is in. */
  private static String unmarked(String json) {
    return json.replace("<", "\\u003c");
  }

  /** A JSON object, which has other fields, with one more. */
  private static byte[] withFilms(byte[] object, Map<String, byte[]> films) {
    if (films.isEmpty()) {
      return object;
    }
    ByteArrayOutputStream data = new ByteArrayOutputStream(LIKELY_BYTES);
    data.write(object, 0, object.length - 1);
    String before = ",\"maps\":{";
    for (Map.Entry<String, byte[]> film : films.entrySet()) {
      data.writeBytes(bytes(before + unmarked(Json.text(Json.string(film.getKey()))) + ":\""));
      data.writeBytes(Base64.getEncoder().encode(film.getValue()));
      before = "\",";
    }
    data.writeBytes(bytes("\"}}"));
    return data.toByteArray();
  }

  /** The template with each blank, such as {@code {{title}}}, replaced by what is said for it. */
  private static byte[] filled(String template, Map<String, byte[]> texts) {
    ByteArrayOutputStream page = new ByteArrayOutputStream(LIKELY_BYTES);
    int done = 0;
    for (int at = template.indexOf("{{"); at >= 0; at = template.indexOf("{{", done)) {
      int end = template.indexOf("}}", at);
      page.writeBytes(bytes(template.substring(done, at)));
      page.writeBytes(Objects.requireNonNull(texts.get(template.substring(at + 2, end))));
      done = end + 2;
    }
    page.writeBytes(bytes(template.substring(done)));
    return page.toByteArray();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String policy(String css, String library, String own) {
    return "default-src 'none'; style-src '" + sha256(css) + "'; script-src '" + sha256(library)
        + "' '" + sha256(own) + "'; base-uri 'none'; form-action 'none'";
  }

  private static String sha256(String text) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes(text));
      return "sha256-" + Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  private static String uplotVersion() {
    Properties properties = new Properties();
    try (InputStream in = open("/META-INF/maven/" + UPLOT + "/pom.properties")) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version");
  }

  private static String text(String resource) {
    try (InputStream in = open(resource)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream open(String resource) {
    InputStream in = Page.class.getResourceAsStream(resource);
    if (in == null) {
      throw new IllegalStateException(resource + " is not on the class path");
    }
    return in;
  }
}
