package kvlab.workload;

import static java.nio.charset.StandardCharsets.UTF_8;
import static kvlab.workload.Loading.arrivals;
import static kvlab.workload.Loading.hashIds;
import static kvlab.workload.Loading.load;
import static kvlab.workload.Loading.outputs;
import static kvlab.workload.Loading.prompts;
import static kvlab.workload.Loading.refusal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Optional;
import kvlab.workload.ReadOptions.ZeroTokens;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CsvFormatsTest {
  private static final String AZURE = "TIMESTAMP,ContextTokens,GeneratedTokens\r\n";
  private static final String BURST =
      "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n";

  @Test
  void readsSevenDigitFractionsRelativeToTheEarliest() {
    LoadedTrace<Trace> loaded = load(AZURE
        + "2023-11-16 18:15:46.6805900,374,44\r\n"
        + "2023-11-16 18:15:50.9951690,396,109\r\n\r\n\r\n");
    assertEquals(TraceFormat.AZURE, loaded.format());
    assertTrue(loaded.timed());
    assertArrayEquals(new long[] {0, 4_314_579_000L}, arrivals(loaded.trace()));
    assertArrayEquals(new int[] {374, 396}, prompts(loaded.trace()));
    assertArrayEquals(new int[] {44, 109}, outputs(loaded.trace()));
  }

  @ParameterizedTest
  @CsvSource({
    "2024-05-10 00:00:01,              1000000000",
    "2024-05-10 00:00:01.5,            1500000000",
    "2024-05-10 00:00:01.123456789,    1123456789",
    "2024-05-10 00:00:01.1234567899,   1123456789",
    "2024-05-10 00:00:01.009930+00:00, 1009930000",
    "2024-05-10 00:00:01Z,             1000000000",
    "2024-05-10T00:00:01.25Z,          1250000000",
    "2024-05-10 01:00:01+01:00,        1000000000",
    "2024-05-09 23:30:01-00:30,        1000000000",
    "2024-05-11 00:00:00.000000+00:00, 86400000000000",
  })
  void readsTimestamp(String timestamp, long nanos) {
    LoadedTrace<Trace> loaded = load(AZURE + "2024-05-10 00:00:00,1,1\n" + timestamp + ",1,1");
    assertEquals(nanos, loaded.trace().arrivalNanos(1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2023-11-16",
        "2023-13-16 18:15:46",
        "2023-02-29 18:15:46",
        "2023-11-16 24:15:46",
        "2023-11-16 18:15:4x",
        "2023-11-16 18:15:46.68a",
        "2023-11-16 18:15:46+0",
        "2023-11-16 18-15-46",
        "1899-11-16 18:15:46",
        "xxx"
      })
  void refusesTimestamp(String timestamp) {
    assertEquals(
        "t.csv:3: TIMESTAMP value '"
            + timestamp
            + "' is not a time such as 2023-11-16 18:15:46.6805900",
        refusal(AZURE + "2023-11-16 18:15:46.6805900,374,44\n" + timestamp + ",1,1\n"));
  }

  @Test
  void takesMaskedTimesForAListOfLengths() {
    LoadedTrace<Trace> loaded = load(AZURE + "XXX,107,15\nXXX,396,513\n");
    assertFalse(loaded.timed());
    assertArrayEquals(new long[] {0, 0}, arrivals(loaded.trace()));
    assertEquals(
        "t.csv:3: TIMESTAMP value 'XXX' among rows that have times",
        refusal(AZURE + "2023-11-16 18:15:46,374,44\nXXX,1,1\n"));
  }

  @Test
  void sortsByTimeKeepingTheOrderOfEqualTimesAndCountsIt() {
    LoadedTrace<Trace> loaded = load("""
            arrival_s,prompt_tokens,output_tokens
            5,1,9
            5,2,9
            0.5,3,9
            5,4,9
            0.5,5,9
            0.25,6,9
            """);
    assertArrayEquals(new int[] {6, 3, 5, 1, 2, 4}, prompts(loaded.trace()));
    assertEquals(5, loaded.trace().id(0));
    assertEquals(3, loaded.rows().reordered());
  }

  @Test
  void readsBurstGptColumnsWhereverTheyStand() {
    String text =
        "\ufeffTimestamp,Session ID,Elapsed time,Model,Response tokens,Request tokens,Log Type\n"
            + "\"5\",a,1.5,ChatGPT,18,472,Conversation log\n"
            + "45.25,\"b,c \"\"d\"\"\",,GPT-4,0,30,API log\n"
            + "46,e,1,GPT-4,0,0,API log\n"
            + "47,e,1,GPT-4,5,7,API log";
    LoadedTrace<Trace> loaded = load(text);
    assertEquals(TraceFormat.BURSTGPT, loaded.format());
    assertArrayEquals(new long[] {5_000_000_000L, 47_000_000_000L}, arrivals(loaded.trace()));
    assertArrayEquals(new int[] {472, 7}, prompts(loaded.trace()));
    assertEquals(
        Map.of("zero output tokens", 1L, "zero prompt tokens", 1L),
        loaded.rows().droppedByReason());
    assertEquals(4, loaded.rows().read());
    assertEquals(3, loaded.trace().id(1), "ids are rows of the file");
    InputException refused = assertThrows(
        InputException.class,
        () -> load(text, ReadOptions.DEFAULT.withZeroTokens(ZeroTokens.REFUSE)));
    assertEquals("t.csv:3: zero output tokens", refused.getMessage());
  }

  @Test
  void readsEveryNativeColumn() {
    Trace trace = load("""
                output_tokens,arrival_ns,note,prompt_tokens,priority,prompt_key,hash_ids
                2,10,x,1030,-3,77,5 6 -7
                4,11,y,3,0,,
                """).trace();
    assertArrayEquals(new long[] {10, 11}, arrivals(trace));
    assertEquals(-3, trace.priority(0));
    assertEquals(77, trace.promptKey(0));
    assertEquals(1, trace.promptKey(1), "a row without a key has its own");
    assertEquals(512, trace.hashBlockTokens());
    assertArrayEquals(new long[] {5, 6, -7}, hashIds(trace, 0));
    assertEquals(0, trace.hashCount(1));
  }

  @Test
  void keepsKeysApartWhenOnlyTheLastRowsHaveThem() {
    Trace trace = load("""
                arrival_ns,prompt_tokens,output_tokens,prompt_key
                9,1,1,
                8,1,1,
                7,1,1,0
                6,1,1,
                """).trace();
    assertEquals(3, trace.promptKey(0));
    assertEquals(0, trace.promptKey(1));
    assertEquals(1, trace.promptKey(2));
    assertEquals(0, trace.promptKey(3));
  }

  @Test
  void believesTheOptionBeforeTheFileAboutTheHashUnit() {
    String text = "arrival_ns,prompt_tokens,output_tokens,hash_block,hash_ids\n0,40,1,16,1 2 3\n";
    assertEquals(16, load(text).trace().hashBlockTokens());
    ReadOptions sixtyFour = ReadOptions.DEFAULT.withHashBlockTokens(64);
    assertEquals(64, load(text, sixtyFour).trace().hashBlockTokens());
    assertEquals(
        "t.csv:3: 32 tokens per hash id, but 16 before", refusal(text + "1,40,1,32,4 5\n"));
  }

  @ParameterizedTest
  @CsvSource({
    "0,                     0",
    "0.52,                  520000000",
    "3599.99,               3599990000000",
    "0.1234567891,          123456789",
    "1e-05,                 10000",
    "1.5E3,                 1500000000000",
    "1e-400000000,          0",
    ".5,                    500000000",
    "7.,                    7000000000",
    "9007199254.740993,     9007199254740993000",
  })
  void readsSecondsExactly(String seconds, long nanos) {
    LoadedTrace<Trace> loaded =
        load("arrival_s,prompt_tokens,output_tokens\n" + seconds + ",1,1\n");
    assertEquals(nanos, loaded.trace().arrivalNanos(0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1,-5,1             | prompt_tokens value '-5' is negative",
        "1,5.5,1            | prompt_tokens value '5.5' is not a whole number",
        "1,x,1              | prompt_tokens value 'x' is not a whole number",
        "1,,1               | prompt_tokens value '' is empty",
        "1,2147483648,1     | prompt_tokens value '2147483648' is too large",
        "1,99999999999999999999,1 | prompt_tokens value '99999999999999999999' is too large",
        "-0.5,1,1           | arrival_s value '-0.5' is negative",
        "1e99999999999,1,1  | arrival_s value '1e99999999999' is not a number",
        "1e300,1,1          | arrival_s value '1e300' is too large",
        "9300000000,1,1     | arrival_s value '9300000000' is too large",
        "1.2.3,1,1          | arrival_s value '1.2.3' is not a number",
        "inf,1,1            | arrival_s value 'inf' is not a number",
        "1,\"5,1            | prompt_tokens value '5,1' has a quote that does not end it",
        "1,1                | 2 fields, expected 3",
      })
  void namesLineAndValue(String row, String problem) {
    assertEquals(
        "t.csv:4: " + problem,
        refusal("arrival_s,prompt_tokens,output_tokens\n0,1,1\n\n" + row + "\n0,1,1\n"));
  }

  @Test
  void namesTheHashIdThatIsWrong() {
    assertEquals(
        "t.csv:2: hash_ids value 'b' is not a whole number",
        refusal("arrival_s,prompt_tokens,output_tokens,hash_ids\n0,1,1,1 b 3\n"));
  }

  @Test
  void namesTheColumnThatIsMissing() {
    byte[] text = "a,b\n1,2\n".getBytes(UTF_8);
    InputException refused = assertThrows(
        InputException.class,
        () -> load(text, Optional.of(TraceFormat.AZURE), ReadOptions.DEFAULT));
    assertEquals("t.csv:1: no column 'TIMESTAMP'", refused.getMessage());
  }

  @Test
  void stopsAtTheLimitOfUsedRequests() {
    LoadedTrace<Trace> loaded = load(
        BURST + "1,m,0,1,1,l\n2,m,1,1,2,l\n3,m,1,1,2,l\n4,m,1,1,2,l\n",
        ReadOptions.DEFAULT.withLimit(2));
    assertEquals(2, loaded.trace().size());
    assertEquals(3, loaded.rows().read());
  }

  @Test
  void readsLinesAcrossChunks() {
    StringBuilder text = new StringBuilder("prompt_tokens,note,output_tokens\n");
    String note = "n".repeat(3_000_000); // longer than a chunk, so that the buffer grows
    int rows = 5;
    for (int i = 1; i <= rows; i++) {
      text.append(i).append(',').append(note).append(',').append(i + 1).append("\r\n");
    }
    LoadedTrace<Trace> loaded = load(text.toString());
    assertEquals(TraceFormat.LENGTHS, loaded.format());
    assertFalse(loaded.timed());
    assertArrayEquals(new int[] {1, 2, 3, 4, 5}, prompts(loaded.trace()));
    assertArrayEquals(new int[] {2, 3, 4, 5, 6}, outputs(loaded.trace()));
  }
}
