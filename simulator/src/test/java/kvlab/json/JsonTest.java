package kvlab.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jackson's own mapper is the oracle. */
final class JsonTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @TempDir
  Path folder;

  @Test
  void writesAndReadsWhatTheMapperDoes() throws IOException {
    for (long seed = 0; seed < 300; seed++) {
      JsonNode tree = object(new SplittableRandom(seed), 4);
      String reproduce = "reproduce with seed " + seed;
      assertEquals(tree.toString(), Json.text(tree), reproduce);
      DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
      printer.indentObjectsWith(new DefaultIndenter("  ", "\n"));
      String indented = MAPPER.writer(printer).writeValueAsString(tree);
      assertEquals(indented, Json.indented(tree), reproduce);
      Path file = Files.writeString(folder.resolve("tree.json"), indented);
      JsonNode read = Json.read(file);
      assertEquals(MAPPER.readTree(file.toFile()), read, reproduce);
      assertEquals(MAPPER.readTree(indented).toString(), Json.text(read), reproduce);
    }
  }

  private static ObjectNode object(SplittableRandom random, int depth) {
    ObjectNode object = Json.object();
    for (int i = random.nextInt(6); i > 0; i--) {
      object.set(word(random), value(random, depth - 1));
    }
    return object;
  }

  private static JsonNode value(SplittableRandom random, int depth) {
    ObjectNode nodes = Json.object();
    switch (random.nextInt(depth > 0 ? 11 : 9)) {
      case 0 -> nodes.put("", word(random));
      case 1 -> nodes.put("", random.nextInt());
      case 2 -> nodes.put("", random.nextLong());
      case 3 -> nodes.put("", BigInteger.valueOf(random.nextLong()).shiftLeft(40));
      case 4 -> nodes.put("", random.nextDouble() * Math.pow(10, random.nextInt(-20, 20)));
      case 5 -> nodes.put("", new BigDecimal(random.nextInt()).movePointLeft(3));
      case 6 -> nodes.put("", random.nextBoolean());
      case 7 -> nodes.putNull("");
      case 8 -> nodes.put("", (double) random.nextInt(100));
      case 9 -> nodes.set("", object(random, depth));
      default -> {
        ArrayNode array = nodes.putArray("");
        for (int i = random.nextInt(4); i > 0; i--) {
          array.add(value(random, depth - 1));
        }
      }
    }
    return nodes.get("");
  }

  private static String word(SplittableRandom random) {
    StringBuilder word = new StringBuilder();
    for (int i = random.nextInt(8); i > 0; i--) {
      word.append("ab\"\\/<\n\t\u0001\u00e9\u2013".charAt(random.nextInt(11)));
    }
    return word.toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "[1,", "{\"a\" 1}", "{\"a\":}", "nul", "{1:2}", "]"})
  void refusesWhatTheMapperRefuses(String text) throws IOException {
    Path file = Files.writeString(folder.resolve("bad.json"), text);
    assertThrows(JsonProcessingException.class, () -> MAPPER.readTree(file.toFile()));
    assertThrows(JsonProcessingException.class, () -> Json.read(file));
  }
}
