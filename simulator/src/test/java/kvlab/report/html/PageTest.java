package kvlab.report.html;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import kvlab.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A page's policy allows just what is in it; numbers are packed as is written down. */
final class PageTest {
  private static List<String> all(String pattern, String text) {
    List<String> found = new ArrayList<>();
    Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(text);
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }

  @Test
  void allowsItsOwnStyleAndScriptsByHash() throws Exception {
    String page = new String(
        Page.of("t", ".a{fill:#fff}", "<p>x</p>", "{}"), java.nio.charset.StandardCharsets.UTF_8);
    List<String> inside = all("<style>(.*?)</style>", page);
    inside.addAll(all("<script>(.*?)</script>", page));
    assertEquals(3, inside.size());
    List<String> hashes = new ArrayList<>();
    for (String each : inside) {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(each.getBytes(StandardCharsets.UTF_8));
      hashes.add("sha256-" + Base64.getEncoder().encodeToString(digest));
    }
    assertEquals(hashes, all("'(sha256-[^']*)'", page));
    assertTrue(page.contains("default-src 'none'"));
    assertFalse(page.contains("unsafe"));
  }

  @Test
  void namesCannotBecomeMarkupOrScript() {
    String name = "</script><script>alert(1)</script>{{data}}";
    String page = new String(
        Page.of(name, "", Html.strong(name), "{\"name\":\"" + name + "\"}"),
        java.nio.charset.StandardCharsets.UTF_8);
    assertEquals(3, all("(</script>)", page).size()); // data, uPlot, our own
    assertFalse(page.contains("<script>alert"));
  }

  /** The data is JSON with the films in it, whatever their designs are called. */
  @Test
  void hasFilmsAmongTheData(@TempDir Path folder) throws IOException {
    Map<String, byte[]> films = new LinkedHashMap<>();
    films.put("a\"</script>", new byte[] {1, 2, 3, 4});
    films.put("b", new byte[0]);
    String page =
        new String(Page.of("t", "", "", "{\"kind\":\"run\"}", films), StandardCharsets.UTF_8);
    Path file = folder.resolve("data.json");
    Files.writeString(file, all("id=\"data\">(.*?)</script>", page).get(0));
    JsonNode data = Json.read(file);
    assertEquals("run", data.path("kind").asText());
    assertEquals("AQIDBA==", data.path("maps").path("a\"</script>").asText());
    assertEquals("", data.path("maps").path("b").asText("none"));
    assertEquals(2, data.path("maps").size());
  }

  /** Worked by hand: 1.5, none, 1.25, -2 in hundredths are 150, none, -25, -325 as deltas. */
  @Test
  void packsColumns() throws IOException {
    String text =
        new Packed(1, 4).column(new double[] {1.5, Double.NaN, 1.25, -2}, 2).base64();
    byte[] plain = new GZIPInputStream(
            new ByteArrayInputStream(Base64.getDecoder().decode(text)))
        .readAllBytes();
    // zigzag: 150 -> 300, -25 -> 49, -325 -> 649, each plus one; 301 = 2 * 128 + 45, 650 = 5 * 128
    // + 10
    int[] expected = {1, 4, 2, 45 | 128, 2, 0, 50, 10 | 128, 5};
    byte[] bytes = new byte[expected.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) expected[i];
    }
    assertArrayEquals(bytes, plain);
  }
}
