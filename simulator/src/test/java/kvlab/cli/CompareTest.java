package kvlab.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kvlab.design.Design;
import kvlab.design.Designs;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompareTest {
  /** Rows 3 and 5 are longer than the 512 tokens that 40 pages allow by default. */
  private static final String TRACE = """
      arrival_ns,prompt_tokens,output_tokens
      0,20,3
      1000000,5,4
      2000000,40,10
      2000000,900,30
      3000000,200,100
      3000000,500,13
      3000000,300,150
      4000000,1,1
      """;

  private static final String RUN =
      "compare --no-charts --pages 40 --step-time linear:1000000,10000,100 ";
  private static final List<String> NAMES =
      Designs.all().stream().map(Design::name).toList();
  private static final List<String> PARTS = List.of(
      "live_pct",
      "reserved_pct",
      "internal_pct",
      "rounding_pct",
      "cached_pct",
      "external_pct",
      "short_pct",
      "idle_pct",
      "withheld_pct");

  @TempDir
  Path folder;

  private Path trace = Path.of("");
  private Path out = Path.of("");

  @BeforeEach
  void writeTrace() throws IOException {
    trace = Files.writeString(folder.resolve("tiny.csv"), TRACE);
    out = folder.resolve("made/results");
  }

  @Test
  void listsEveryDesignOnce() {
    Ran ran = Ran.line(RUN + "--designs all --out", out, trace);
    assertEquals(0, ran.exit(), ran.err());
    List<String> first = ran.out().lines().map(line -> line.split(" ")[0]).toList();
    for (String name : NAMES) {
      assertEquals(1, first.stream().filter(name::equals).count(), name + " in " + ran.out());
    }
  }

  @Test
  void dividesTheWholePool() throws IOException {
    Ran.line(RUN + "--out", out, trace);
    for (Map<String, String> row : Ran.rows(out.resolve("summary.csv"))) {
      double sum =
          PARTS.stream().mapToDouble(part -> Double.parseDouble(row.get(part))).sum();
      assertEquals(100, sum, 0.001, row.toString());
    }
  }

  @Test
  void countsEveryRequestOfTheTrace() throws IOException {
    Ran.line(RUN + "--designs all --log requests --out", out, trace);
    List<Map<String, String>> rows = Ran.rows(out.resolve("summary.csv"));
    assertEquals(NAMES, rows.stream().map(row -> row.get("design")).toList());
    for (Map<String, String> row : rows) {
      assertEquals("8", row.get("requests"), row.toString());
      assertEquals("6", row.get("finished"), row.toString());
      assertEquals("2", row.get("rejected"), row.toString());
      assertEquals("0", row.get("unfinished"), row.toString());
      Path log = out.resolve(row.get("design")).resolve("requests.csv.gz");
      List<String> ids =
          Ran.rows(log).stream().map(request -> request.get("id")).toList();
      assertEquals(List.of("0", "1", "2", "3", "4", "5", "6", "7"), ids);
    }
  }

  @Test
  void namesTheRequestsItRejects() throws IOException {
    Ran ran = Ran.line(RUN + "--designs all --out", out, trace);
    String expected = NAMES.stream()
        .map(name -> name + ",3,900,30,rejected,over-model-length\n" + name
            + ",5,500,13,rejected,over-model-length\n")
        .reduce("design,id,prompt_tokens,output_tokens,outcome,reason\n", String::concat);
    assertEquals(expected, Files.readString(out.resolve("unserved.csv")));
    assertTrue(ran.err().contains("2 rejected: prompt + output is longer than max-model-len"));
  }

  /** Four of five pages of 7: the longest run that a buddy placement has. */
  @Test
  void allowsSequencesThatEveryDesignCanPlace() throws IOException {
    Files.writeString(trace, "arrival_ns,prompt_tokens,output_tokens\n0,20,8\n0,20,9\n");
    Ran.line("compare --designs all --no-charts --pages 5 --page-tokens 7 --out", out, trace);
    for (Map<String, String> row : Ran.rows(out.resolve("summary.csv"))) {
      assertEquals("28", row.get("max_model_len"));
      assertEquals("1", row.get("finished"), row.toString());
      assertEquals("1", row.get("rejected"), row.toString());
    }
  }

  /** 625 slots are needed; the null page leaves 39 pages, 624 slots. */
  @Test
  void servesTheOthersWhenOneIsLargerThanThePool() throws IOException {
    Files.writeString(
        trace, "arrival_ns,prompt_tokens,output_tokens\n0,616,10\n0,615,10\n0,20,3\n");
    Ran ran = Ran.line(RUN + "--max-model-len 640 --designs vllm-v1 --out", out, trace);
    assertEquals(0, ran.exit(), ran.err());
    Map<String, String> row = Ran.rows(out.resolve("summary.csv")).get(0);
    assertEquals("2", row.get("finished"));
    assertEquals(
        List.of("vllm-v1,0,616,10,rejected,never-fits"),
        Files.readAllLines(out.resolve("unserved.csv")).subList(1, 2));
    assertEquals("1", row.get("rejected"));
  }

  /** 1,202,000 ns for 20 tokens, then 1,012,100 and 1,012,200 ns for one token on 21 and 22. */
  @Test
  void replaysOneRequestAsWorkedByHand() throws IOException {
    Files.writeString(trace, "arrival_ns,prompt_tokens,output_tokens\n5000000,20,3\n");
    Ran.line(
        "replay --no-charts --pages 100 --step-time linear:1000000,10000,100"
            + " --design vllm-v1 --log steps,requests --out",
        out,
        trace);
    assertEquals("""
        step,t_start_ns,t_end_ns,n_running,n_waiting,scheduled_tokens,n_prefill,n_decode,\
        n_preempted,free_blocks,live_tokens,n_finished,n_admitted,n_resumed,cached_tokens
        0,5000000,6202000,1,0,20,1,0,0,97,20,0,1,0,0
        1,6202000,7214100,1,0,1,0,1,0,97,21,0,0,0,0
        2,7214100,8226300,1,0,1,0,1,0,97,22,1,0,0,0
        """, Ran.text(out.resolve("steps.csv.gz")));
    assertEquals("""
        id,arrival_ns,first_scheduled_ns,first_token_ns,finish_ns,n_preemptions,\
        cached_prompt_tokens
        0,5000000,5000000,6202000,8226300,0,0
        """, Ran.text(out.resolve("requests.csv.gz")));
    Map<String, String> row = Ran.rows(out.resolve("summary.csv")).get(0);
    assertEquals("1.202", row.get("ttft_mean_ms"));
    assertEquals("1.012", row.get("tpot_mean_ms"));
    assertEquals("3.226", row.get("e2e_mean_ms"));
    assertEquals("0.003226", row.get("makespan_s"));
    assertEquals("929.858", row.get("output_tokens_per_s")); // 3 / 0.0032263
  }

  /** Two of 100 pages: 20, 21, 22 slots live, up to 22 reserved, the tail of 10 never filled. */
  @Test
  void sharesOutThePoolAsWorkedByHand() throws IOException {
    Files.writeString(trace, "arrival_ns,prompt_tokens,output_tokens\n0,20,3\n");
    Ran.line(
        "replay --no-charts --pages 100 --step-time linear:1000000,10000,100"
            + " --design vllm-v1 --out",
        out,
        trace);
    Map<String, String> row = Ran.rows(out.resolve("summary.csv")).get(0);
    // (20 * 1,202,000 + 21 * 1,012,100 + 22 * 1,012,200) / (1,600 * 3,226,300)
    assertEquals("1.3088", row.get("live_pct"));
    assertEquals("0.0662", row.get("reserved_pct")); // 22 / 1,600 less the above
    assertEquals("0.6250", row.get("internal_pct"));
    assertEquals("1.0000", row.get("withheld_pct")); // the null page
    assertEquals("97.0000", row.get("idle_pct"));
  }

  /**
   * 8-bit KV has half the bytes, int4 18 in place of 64 for 32 elements; page lengths in tokens are those of
   * the design, twice as long for vattention, so each pool loses less than a page to rounding.
   */
  @ParameterizedTest
  @CsvSource({"fp8, 2, 1", "int8, 2, 1", "int4, 32, 9"})
  void quantisedKvGivesEveryDesignMoreSlots(String dtype, int more, int over) throws IOException {
    Files.writeString(trace, "arrival_ns,prompt_tokens,output_tokens\n0,20,3\n");
    String run =
        "compare --designs all --no-charts --model llama-2-7b --gpu a100-80g --max-model-len 2048 ";
    Path quantised = folder.resolve("quantised");
    Ran.line(run + "--out", out, trace);
    Ran.line(run + "--kv-dtype " + dtype + " --out", quantised, trace);
    List<Map<String, String>> whole = Ran.rows(out.resolve("summary.csv"));
    List<Map<String, String>> smaller = Ran.rows(quantised.resolve("summary.csv"));
    assertEquals(NAMES, smaller.stream().map(row -> row.get("design")).toList());
    for (int i = 0; i < whole.size(); i++) {
      double expected = Double.parseDouble(whole.get(i).get("capacity_slots")) * more / over;
      double slots = Double.parseDouble(smaller.get(i).get("capacity_slots"));
      int page = Integer.parseInt(whole.get(i).get("page_tokens"));
      int itsPage = Integer.parseInt(smaller.get(i).get("page_tokens"));
      assertEquals(expected, slots, 4.0 * page + itsPage, whole.get(i).get("design"));
      assertEquals("1", smaller.get(i).get("finished"));
    }
  }

  @Test
  void printsTheSummaryAsJson() throws IOException {
    Ran ran = Ran.line(RUN + "--json --out", out, trace);
    JsonNode json = new ObjectMapper().readTree(ran.out());
    List<Map<String, String>> rows = Ran.rows(out.resolve("summary.csv"));
    assertEquals(rows.size(), json.size());
    for (int i = 0; i < rows.size(); i++) {
      JsonNode node = json.get(i);
      assertEquals(rows.get(i).size(), node.size());
      rows.get(i).forEach((column, value) -> {
        JsonNode cell = node.get(column);
        if (value.isEmpty()) {
          assertTrue(cell.isNull(), column);
        } else if (column.equals("design")) {
          assertEquals(value, cell.asText());
        } else {
          assertEquals(0, new BigDecimal(value).compareTo(cell.decimalValue()), column);
        }
      });
    }
  }

  @Test
  void writesTheFilesItPromises() throws IOException {
    Ran.line(RUN + "--designs vllm-v1,orca-max --log steps --out", out, trace);
    try (Stream<Path> files = Files.walk(out)) {
      List<String> names = files
          .filter(Files::isRegularFile)
          .map(file -> out.relativize(file).toString())
          .sorted()
          .toList();
      assertEquals(
          List.of(
              "distributions.csv",
              "orca-max/steps.csv.gz",
              "run.json",
              "summary.csv",
              "timeseries.csv",
              "unserved.csv",
              "vllm-v1/steps.csv.gz"),
          names);
    }
    try (Stream<Path> beside = Files.list(folder.resolve("made"))) {
      assertEquals(List.of(out), beside.toList());
    }
  }

  @Test
  void drawsChartsUnlessToldNotTo() {
    Ran ran = Ran.line("replay --design vllm-v1 --pages 40 --limit 2 --out", out, trace);
    assertEquals(0, ran.exit(), ran.err());
    assertTrue(Files.exists(out.resolve("charts")));
    assertTrue(Files.exists(out.resolve("report.html")));
    assertTrue(Files.exists(out.resolve("maps/vllm-v1.gz")));
    Path unfilmed = folder.resolve("unfilmed");
    Ran.line("replay --design vllm-v1 --pages 40 --limit 2 --no-memory-map --out", unfilmed, trace);
    assertTrue(Files.exists(unfilmed.resolve("report.html")));
    assertFalse(Files.exists(unfilmed.resolve("maps")));
    Ran.line("replay --design vllm-v1 --pages 40 --limit 3 --no-memory-map --out", out, trace);
    assertFalse(Files.exists(out.resolve("maps/vllm-v1.gz")), "the film is of an earlier run");
    Path other = folder.resolve("other");
    Ran.line("replay --design vllm-v1 --pages 40 --limit 2 --no-charts --out", other, trace);
    assertFalse(Files.exists(other.resolve("charts")));
  }

  @Test
  void recordsWhatDecidesTheResult() throws IOException {
    Ran.line(RUN + "--rate-scale 2 --limit 5 --out", out, trace);
    JsonNode run = new ObjectMapper().readTree(out.resolve("run.json").toFile());
    JsonNode configuration = run.path("configuration");
    assertEquals("tiny.csv", configuration.at("/trace/name").asText());
    assertEquals(5, configuration.at("/trace/rows_used").asInt());
    assertEquals(2.0, configuration.at("/trace/rate_scale").asDouble());
    assertEquals("linear:1000000,10000,100", configuration.at("/step_time").asText());
    assertEquals(512, configuration.at("/max_model_len").asInt());
    assertEquals(40, configuration.at("/designs/vllm-v1/pages").asInt());
    assertTrue(run.path("environment").has("date"));
  }

  @Test
  void readsStandardInput() throws IOException {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(TRACE.getBytes(StandardCharsets.UTF_8)));
    try {
      Ran ran = Ran.line(RUN + "- --out", out);
      assertEquals(0, ran.exit(), ran.err());
      assertTrue(ran.err().startsWith("stdin: 8 rows read, 8 used, 0 dropped"), ran.err());
    } finally {
      System.setIn(before);
    }
    Path named = folder.resolve("named");
    Ran.line(RUN + "--out", named, trace);
    assertEquals(
        Files.readString(named.resolve("summary.csv")),
        Files.readString(out.resolve("summary.csv")));
  }
}
