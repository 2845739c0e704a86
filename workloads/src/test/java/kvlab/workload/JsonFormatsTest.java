package kvlab.workload;

import static kvlab.workload.Loading.arrivals;
import static kvlab.workload.Loading.hashIds;
import static kvlab.workload.Loading.load;
import static kvlab.workload.Loading.prompts;
import static kvlab.workload.Loading.refusal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonFormatsTest {
  private static final String GOOD =
      "{\"timestamp\": 27, \"input_length\": 600, \"output_length\": 5, \"hash_ids\": [0, 1]}\n";

  @Test
  void readsMooncakeMilliseconds() {
    LoadedTrace<Trace> loaded = load(
        GOOD + "{\"output_length\":1,\"hash_ids\":[],\"input_length\":\"9\",\"timestamp\":27.5}");
    assertEquals(TraceFormat.MOONCAKE, loaded.format());
    assertArrayEquals(new long[] {27_000_000, 27_500_000}, arrivals(loaded.trace()));
    assertArrayEquals(new int[] {600, 9}, prompts(loaded.trace()));
    assertEquals(512, loaded.trace().hashBlockTokens());
    assertArrayEquals(new long[] {0, 1}, hashIds(loaded.trace(), 0));
    assertEquals(0, loaded.trace().hashCount(1));
  }

  @Test
  void readsBailianSeconds() {
    LoadedTrace<Trace> loaded =
        load("{\"chat_id\": 159, \"parent_chat_id\": -1, \"timestamp\": 61.114, \"input_length\":"
            + " 33, \"output_length\": 4, \"type\": \"text\", \"turn\": 1, \"hash_ids\":"
            + " [1089, 1090, 1091]}\n");
    assertEquals(TraceFormat.BAILIAN, loaded.format());
    assertEquals(61_114_000_000L, loaded.trace().arrivalNanos(0));
    assertEquals(16, loaded.trace().hashBlockTokens());
    assertArrayEquals(new long[] {1089, 1090, 1091}, hashIds(loaded.trace(), 0));
  }

  @Test
  void skipsUnknownKeysWhateverTheyHold() {
    LoadedTrace<Trace> loaded =
        load("{\"a\":{\"b\":[1,{\"timestamp\":9}],\"c\":\"}]\\\"\"},\"d\":[],\"e\":{},\"f\":null,"
            + "\"g\":-1.5e-3,\"timestamp\":1,\"h\":\"\",\"input_length\":2,"
            + "\"output_length\":3,\"hash_ids\":null}");
    assertEquals(1_000_000, loaded.trace().arrivalNanos(0));
    assertEquals(2, loaded.trace().promptTokens(0));
    assertEquals(0, loaded.trace().hashBlockTokens());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"timestamp\":1,\"input_length\":2} | no \"output_length\"",
        "{\"timestamp\":-1,\"input_length\":2} | timestamp value '-1' is negative",
        "{\"timestamp\":1,\"input_length\":2.5} | input_length value '2.5' is not a whole number",
        "{\"timestamp\":1,\"input_length\":[2]} | not a JSON object: a value is missing at byte 31",
        "{\"timestamp\":1,\"hash_ids\":[1,x]} | hash_ids value 'x' is not a whole number",
        "{\"timestamp\":1 | not a JSON object: the line ends too early at byte 15",
        "{\"timestamp\":1,\"x\":\"\\ | not a JSON object: the line ends too early at byte 22",
        "{\"timestamp\":1}} | not a JSON object: text after the object at byte 16",
        "[1,2] | not a JSON object: expected '{' at byte 1",
      })
  void namesLineAndProblem(String line, String problem) {
    assertEquals("t.csv:2: " + problem, refusal(GOOD + line + "\n"));
  }
}
