package kvlab.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Servers whose capacity can be worked by hand: steps of 10 ms whatever is in them, requests at equal
 * distances g. One at a time, request n starts at n S and arrives at n g, so its TTFT is S + n (S - g).
 */
@Timeout(120)
class PlanTest {
  private static final String STEPS = " --step-time linear:10000000,0,0 --max-model-len 64";
  /** A request is one step of S = 10 ms, and one runs at a time. */
  private static final String ONE_BY_ONE = STEPS + " --pages 100 --max-num-seqs 1";

  @TempDir
  Path folder;

  private Path trace(int requests, long gapMicros, int output) throws IOException {
    StringBuilder text = new StringBuilder("arrival_ns,prompt_tokens,output_tokens\n");
    for (long i = 0; i < requests; i++) {
      text.append(i * gapMicros * 1000).append(",4,").append(output).append('\n');
    }
    return Files.writeString(folder.resolve("even.csv"), text);
  }

  private Map<String, String> plan(String slo, String words, Path trace) throws IOException {
    Path out = folder.resolve("out");
    Ran ran = Ran.line("plan --slo " + slo + " --designs " + words + " --out", out, trace);
    assertEquals(0, ran.exit(), ran.err());
    return Ran.rows(out.resolve("plan.csv")).get(0);
  }

  private static double number(Map<String, String> row, String column) {
    return Double.parseDouble(row.get(column));
  }

  /** The hand-worked capacity lies in the bracket, and the bracket is as narrow as asked for. */
  private static void assertBrackets(Map<String, String> row, double capacity, double tolerance) {
    double held = number(row, "requests_per_s_held");
    double failed = number(row, "requests_per_s_failed");
    assertTrue(held <= capacity && capacity < failed, held + " " + capacity + " " + failed);
    assertTrue(failed <= held * (1 + tolerance) * 1.000001, held + " " + failed);
  }

  /**
   * 1,001 requests: p99 is at n = 990, so TTFT p99 <= 20 ms means g >= 10 - 10 / 990; 90% of single
   * requests means 901 of them, n up to 900, g >= 10 - 10 / 900; at most 5% late means 50 of them, and n is
   * late when 10 n > 1000 g, so g >= 9.5.
   */
  @ParameterizedTest
  @CsvSource({
    "ttft_p99=20ms,                    9.98989899",
    "'ttft=20ms,attainment=90%',       9.98888889",
    "e2e_p99=1000s,                    9.5",
    "'e2e_p99=1000s,backlog=20%',      8.0",
    "ttft_mean=100ms,                  9.82" // mean n is 500: g >= 10 - 90 / 500
  })
  void findsTheRateOfAServerThatTakesOneAtATime(String slo, double gapMillis) throws IOException {
    Map<String, String> row =
        plan(slo, "vllm-v1 --tolerance 0.0002" + ONE_BY_ONE, trace(1001, 30_000, 1));
    assertBrackets(row, 1e3 / gapMillis, 0.0002);
    assertEquals("sequence cap", row.get("binds"));
    assertEquals("1", row.get("servers"));
    assertEquals("", row.get("servers_failed"));
  }

  /**
   * Regions of 64 tokens, 4 pages each, for 10 steps of 10 ms: 4 of them serve 40 requests a second, and
   * twice the memory twice as many; 200 ms of backlog in 50 s or 25 s.
   */
  @ParameterizedTest
  @CsvSource({"16, 40", "32, 80"})
  void saysThatMemoryBindsWhereARegionIsWhatRequestsWaitFor(int pages, double rate)
      throws IOException {
    Map<String, String> row = plan(
        "ttft_p99=200ms",
        "contiguous-max --tolerance 0.001 --pages " + pages + STEPS,
        trace(2000, 25_000, 10));
    double held = number(row, "requests_per_s_held");
    assertTrue(held >= 0.997 * rate && held < rate * (1 + 0.2 * rate / 2000), row.toString());
    assertEquals("KV memory", row.get("binds"));
    assertEquals("ttft_p99", row.get("failed_on"));
    assertEquals(0, number(row, "added_by_sequence_cap_ms"));
    assertEquals(0, number(row, "added_by_step_time_ms"), 20); // a step or two of 10 ms
    assertTrue(number(row, "added_by_kv_memory_ms") > 150, row.toString());
  }

  /** One prompt of 4 tokens fills the batch, so a request is a step, though memory and places abound. */
  @Test
  void saysThatStepsBindWhereTheBatchIsFull() throws IOException {
    Map<String, String> row = plan(
        "ttft_p99=20ms",
        "vllm-v1 --tolerance 0.0002 --pages 1000 --max-num-batched-tokens 4 --set"
            + " chunked-prefill=off" + STEPS.replace("64", "4"),
        shortTrace());
    assertBrackets(row, 1e3 / (10 - 10.0 / 990), 0.0002);
    assertEquals("step time", row.get("binds"));
    assertEquals(0, number(row, "added_by_kv_memory_ms"));
  }

  private Path shortTrace() throws IOException {
    StringBuilder text = new StringBuilder("arrival_ns,prompt_tokens,output_tokens\n");
    for (long i = 0; i < 1001; i++) {
      text.append(i * 30_000_000).append(",3,1\n");
    }
    return Files.writeString(folder.resolve("short.csv"), text);
  }

  /** 100 requests a second on servers that hold 40: three do, two do not, as replays of their own show. */
  @Test
  void findsTheFewestServersOfWhichOneLessIsTooFew() throws IOException {
    Path trace = trace(2000, 10_000, 10);
    String serving = "contiguous-max --pages 16" + STEPS;
    Map<String, String> row = plan("ttft_p99=200ms", serving + " --price-per-gpu-hour 2", trace);
    assertEquals("3", row.get("servers"));
    assertEquals("2", row.get("servers_failed"));
    for (int servers = 2; servers <= 3; servers++) {
      Path out = folder.resolve("replay-" + servers);
      Ran ran = Ran.line(
          "replay --no-charts --replicas " + servers + " --design " + serving + " --out",
          out,
          trace);
      assertEquals(0, ran.exit(), ran.err());
      Map<String, String> replay = Ran.rows(out.resolve("summary.csv")).get(0);
      assertEquals(servers == 3, number(replay, "ttft_p99_ms") <= 200, replay.toString());
      if (servers == 3) {
        assertEquals(replay.get("gpu_hours"), row.get("gpu_hours"));
      }
    }
    double hours = number(row, "gpu_hours");
    assertEquals(hours / 0.008, number(row, "gpu_hours_per_m_input_tokens"), 1e-5); // 2,000 x 4
    assertEquals(hours / 0.020, number(row, "gpu_hours_per_m_output_tokens"), 1e-5); // 2,000 x 10
    assertEquals(hours / 0.028, number(row, "gpu_hours_per_m_total_tokens"), 1e-5);
    assertEquals(2 * hours / 0.028, number(row, "cost_per_m_total_tokens"), 1e-5);
  }

  @Test
  void saysWhenNoRateHolds() throws IOException {
    Path out = folder.resolve("out");
    Ran ran = Ran.line(
        "plan --slo ttft_p99=5ms --designs vllm-v1" + ONE_BY_ONE + " --out",
        out,
        trace(50, 30_000, 1));
    assertEquals(0, ran.exit(), ran.err());
    Map<String, String> row = Ran.rows(out.resolve("plan.csv")).get(0);
    assertEquals("", row.get("requests_per_s_held"));
    assertEquals("", row.get("servers"));
    assertTrue(ran.out().contains("vllm-v1 holds no rate"), ran.out());
    assertEquals(1, Ran.rows(out.resolve("trials.csv")).size());
  }

  /** 2 of 100 requests are longer than the model takes; they are no reason to miss p99, and no rate. */
  @Test
  void leavesOutWhatNoServerCouldServe() throws IOException {
    StringBuilder text = new StringBuilder("arrival_ns,prompt_tokens,output_tokens\n");
    for (long i = 0; i < 101; i++) {
      text.append(i * 20_000_000).append(i % 50 == 1 ? ",80" : ",4").append(",1\n");
    }
    Path trace = Files.writeString(folder.resolve("long.csv"), text);
    Map<String, String> row = plan("ttft_p99=20ms", "vllm-v1" + ONE_BY_ONE, trace);
    Map<String, String> own = Ran.rows(folder.resolve("out/trials.csv")).stream()
        .filter(trial -> "1.0".equals(trial.get("rate_scale")))
        .findFirst()
        .orElseThrow();
    assertEquals("yes", own.get("held"), row.toString());
    assertEquals("2", own.get("left_out"));
    assertEquals("99", own.get("served"));
    assertEquals(99 / 101.0 * 50, number(own, "requests_per_s"), 1e-6);
  }

  @Test
  void givesTheSameBytesAgainWithEveryStepAndAsJson() throws IOException {
    Path trace = trace(200, 20_000, 5);
    String line = "plan --slo ttft_p99=100ms,tpot_p99=20ms --designs orca-max,vllm-v1 --pages 32"
        + STEPS + " --json --out";
    Ran first = Ran.line(line, folder.resolve("a"), trace);
    Ran second = Ran.line(line.replace("--json", "--json --no-leap"), folder.resolve("b"), trace);
    assertEquals(0, first.exit(), first.err());
    assertEquals(first.out(), second.out());
    for (String file : List.of("plan.csv", "trials.csv", "plan.json")) {
      assertArrayEquals(
          Files.readAllBytes(folder.resolve("a").resolve(file)),
          Files.readAllBytes(folder.resolve("b").resolve(file)),
          file);
    }
    JsonNode json = new ObjectMapper().readTree(first.out());
    List<Map<String, String>> rows = Ran.rows(folder.resolve("a/plan.csv"));
    assertEquals(rows.size(), json.get("designs").size());
    for (int i = 0; i < rows.size(); i++) {
      JsonNode node = json.get("designs").get(i);
      for (Map.Entry<String, String> cell : rows.get(i).entrySet()) {
        JsonNode value = node.get(cell.getKey());
        if (value.isNumber()) {
          assertEquals(Double.parseDouble(cell.getValue()), value.asDouble(), cell.getKey());
        } else {
          assertEquals(cell.getValue(), value.isNull() ? "" : value.asText(), cell.getKey());
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ttft_p98=2s",
        "ttft_p99=2",
        "ttft_p99=0s",
        "ttft=2s",
        "attainment=99%",
        "itl=20ms,attainment=99%",
        "backlog=5%",
        "ttft_p99=2s,ttft_p99=3s",
        "ttft_p99=2s,attainment=101%",
        "p99=2s",
        ""
      })
  void refusesAnObjectiveThatIsNone(String slo) throws IOException {
    Ran ran = Ran.kvlab("plan", "--slo=" + slo, trace(10, 1000, 1).toString());
    assertEquals(2, ran.exit(), ran.out());
    assertTrue(ran.err().startsWith("kvlab: --slo"), ran.err());
    assertEquals(1, ran.err().lines().count(), ran.err());
  }

  @Test
  void refusesATraceWithoutARate() throws IOException {
    Path out = folder.resolve("out");
    Ran ran = Ran.line("plan --slo ttft_p99=1s --out", out, trace(10, 0, 1));
    assertEquals(2, ran.exit());
    assertTrue(ran.err().contains("--arrivals gives them times"), ran.err());
    assertFalse(Files.exists(out));
  }
}
