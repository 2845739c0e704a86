package kvlab.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReplicasTest {
  private static final Path SAMPLE = Path.of(System.getProperty("kvlab.root", ".."))
      .resolve("workloads/samples/chat-azure-like.csv");
  private static final String RUN = "compare --no-charts --limit 200 --pages 300 --rate-scale 4"
      + " --max-model-len 2048 --designs vllm-v1,orca-max ";
  private static final List<String> FILES =
      List.of("summary.csv", "timeseries.csv", "distributions.csv", "unserved.csv");
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

  @ParameterizedTest
  @ValueSource(
      strings = {"round-robin", "least-outstanding", "least-kv", "prefix-affinity", "session"})
  void accountsForEverythingOverTheFleet(String router) throws IOException {
    Path out = folder.resolve("out");
    String run = RUN + "--log requests --replicas 3 --router " + router + " --out";
    Ran ran = Ran.line(run, out, SAMPLE);
    assertEquals(0, ran.exit(), ran.err());
    List<Map<String, String>> replicas = Ran.rows(out.resolve("replicas.csv"));
    List<Map<String, String>> bins = Ran.rows(out.resolve("timeseries.csv"));
    for (Map<String, String> row : Ran.rows(out.resolve("summary.csv"))) {
      String design = String.valueOf(row.get("design"));
      assertEquals("200", row.get("requests"), design);
      assertEquals("3", row.get("replicas"), design);
      for (String column : List.of("requests", "finished", "rejected", "preemptions")) {
        long sum = of(replicas, design)
            .mapToLong(each -> Long.parseLong(each.get(column)))
            .sum();
        assertEquals(Long.parseLong(row.get(column)), sum, design + " " + column);
      }
      assertEquals(100, sum(row), 0.001, design);
      double tokens = 0;
      double seconds = 0;
      for (Map<String, String> bin : of(bins, design).toList()) {
        assertEquals(100, sum(bin), 0.001, bin.toString());
        tokens += number(bin, "dt_s") * number(bin, "output_tokens_per_s");
        seconds += number(bin, "dt_s");
      }
      long sent = of(replicas, design)
          .mapToLong(each -> Long.parseLong(each.get("output_tokens")))
          .sum();
      assertEquals((double) sent, tokens, 0.5, design);
      assertEquals(number(row, "makespan_s"), seconds, 0.01, design);
      long logged = 0;
      for (int replica = 0; replica < 3; replica++) {
        Path log = out.resolve(design + "/replica-" + replica + "/requests.csv.gz");
        logged += Ran.rows(log).size();
      }
      assertEquals(200, logged);
      long listed = of(Ran.rows(out.resolve("unserved.csv")), design).count();
      assertEquals(Long.parseLong(row.get("rejected")), listed);
      int most = of(replicas, design)
          .mapToInt(each -> Integer.parseInt(each.get("running_max")))
          .max()
          .orElseThrow();
      assertEquals(row.get("running_max"), Integer.toString(most));
    }
    Path again = folder.resolve("again");
    Ran.line(run, again, SAMPLE);
    for (String file : FILES) {
      assertArrayEquals(
          Files.readAllBytes(out.resolve(file)), Files.readAllBytes(again.resolve(file)), file);
    }
    assertArrayEquals(
        Files.readAllBytes(out.resolve("replicas.csv")),
        Files.readAllBytes(again.resolve("replicas.csv")));
  }

  @Test
  void oneReplicaIsTheServerAlone() throws IOException {
    Path plain = folder.resolve("plain");
    Path one = folder.resolve("one");
    Ran.line(RUN + "--out", plain, SAMPLE);
    Ran.line(RUN + "--replicas 1 --router least-kv --out", one, SAMPLE);
    for (String file : FILES) {
      assertArrayEquals(
          Files.readAllBytes(plain.resolve(file)), Files.readAllBytes(one.resolve(file)), file);
    }
    assertFalse(Files.exists(one.resolve("replicas.csv")));
  }

  /** Two requests at once of 20 tokens on two servers: each is alone, as in CompareTest. */
  @Test
  void twoReplicasServeTwoRequestsAsWorkedByHand() throws IOException {
    Path trace = Files.writeString(
        folder.resolve("two.csv"),
        "arrival_ns,prompt_tokens,output_tokens\n5000000,20,3\n5000000,20,3\n");
    Path out = folder.resolve("out");
    Ran ran = Ran.line(
        "replay --no-charts --pages 100 --step-time linear:1000000,10000,100"
            + " --design vllm-v1 --replicas 2 --router least-outstanding --out",
        out,
        trace);
    assertEquals(0, ran.exit(), ran.err());
    Map<String, String> row = Ran.rows(out.resolve("summary.csv")).get(0);
    assertEquals("3.226", row.get("e2e_mean_ms"));
    assertEquals("0.003226", row.get("makespan_s"));
    assertEquals("1859.715", row.get("output_tokens_per_s")); // 6 / 0.0032263
    assertEquals("1.3088", row.get("live_pct"));
    assertEquals("1.0000", row.get("running_mean")); // of a server
    List<String> lines = Files.readAllLines(out.resolve("replicas.csv"));
    assertEquals("vllm-v1,0,1,1,0,0,3,23,0,1,2.0000", lines.get(1)); // 2 of 100 pages
    assertEquals("vllm-v1,1,1,1,0,0,3,23,0,1,2.0000", lines.get(2));
  }

  @ParameterizedTest
  @CsvSource({
    "--replicas 0,                   --replicas must be from 1 to 1000: 0",
    "--replicas 2 --router nobody,   unknown router 'nobody'; there are round-robin"
  })
  void refusesWhatThereIsNot(String words, String expected) {
    Path out = folder.resolve("out");
    Ran ran = Ran.line(RUN + words + " --out", out, SAMPLE);
    assertEquals(2, ran.exit());
    assertTrue(ran.err().contains(expected), ran.err());
    assertFalse(Files.exists(out));
  }

  private static Stream<Map<String, String>> of(List<Map<String, String>> rows, String design) {
    return rows.stream().filter(row -> design.equals(row.get("design")));
  }

  private static double sum(Map<String, String> row) {
    return PARTS.stream().mapToDouble(part -> number(row, part)).sum();
  }

  private static double number(Map<String, String> row, String column) {
    return Double.parseDouble(row.get(column));
  }
}
