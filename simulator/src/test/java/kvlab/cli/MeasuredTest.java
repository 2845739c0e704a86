package kvlab.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kvlab validate measured}: a run made up by hand, and the two recorded ones. */
class MeasuredTest {
  private static final Path MEASURED =
      Path.of(System.getProperty("kvlab.shared", "../shared"), "measured");
  private static final List<String> LATENCIES = List.of("TTFT", "TPOT", "E2E");

  @TempDir
  Path folder;

  /**
   * Steps of 1 ms, not ahead. Request 0: prompt in step 0, then two tokens. Request 1 comes while step 0
   * runs and joins step 1, whose end gives its first token; its second is that of step 2.
   */
  private Path run(double lastTokenSeconds) throws IOException {
    Path run = Files.createDirectories(folder.resolve("made"));
    Files.writeString(
        run.resolve("engine.json"),
        "{\"model\": \"any/Llama-3.1-8B\", \"kv_cache\": {\"num_gpu_blocks\": 20},"
            + " \"hardware\": {\"device_name\": \"NVIDIA GeForce RTX 4090\"},"
            + " \"resolved_config\": {\"scheduler_config\": {\"async_scheduling\": false}}}");
    Files.writeString(
        run.resolve("requests.csv"),
        "id,arrival_ns,prompt_tokens,output_tokens,measured_arrival_s,queued_s,first_token_s,last_token_s\n"
            + "0,0,20,3,0,0,0.001,0.003\n"
            + "1,500000,10,2,0.001,0.001,0.002," + lastTokenSeconds + "\n");
    return run;
  }

  private Ran validate(Path run, String... further) {
    String[] words = new String[further.length + 5];
    words[0] = "validate";
    words[1] = "measured";
    words[2] = run.toString();
    words[3] = "--out";
    words[4] = folder.resolve("out").toString();
    System.arraycopy(further, 0, words, 5, further.length);
    return Ran.kvlab(words);
  }

  private Map<String, Double> errors() throws IOException {
    Map<String, Double> errors = new HashMap<>();
    for (Map<String, String> row : Ran.rows(folder.resolve("out/figures.csv"))) {
      errors.put(row.get("figure"), Double.parseDouble(row.get("error_percent")));
    }
    return errors;
  }

  private static double error(Map<String, Double> errors, String figure) {
    return Objects.requireNonNull(errors.get(figure), figure);
  }

  @Test
  void aRunThatIsAsPredictedIsWithinAnyTolerance() throws IOException {
    Ran ran = validate(run(0.003), "--step-time", "linear:1000000,0,0", "--tolerance", "0");
    assertEquals(0, ran.exit(), ran.out() + ran.err());
    errors().forEach((figure, error) -> assertEquals(0, error, 1e-4, figure));
    assertTrue(ran.out().contains("within the tolerance of 0.0 %"), ran.out());
    assertTrue(Files.exists(folder.resolve("out/charts/measured-latency.svg")));
  }

  /** The log began 30 ms before the first request: what it says of 40 ms is the state at 10. */
  @Test
  void theLogsClockIsThatWithWhichItCountsTheSameRequests() throws IOException {
    Path run = run(0.051);
    Files.writeString(run.resolve("requests.csv"), """
        id,arrival_ns,prompt_tokens,output_tokens,measured_arrival_s,queued_s,first_token_s,last_token_s
        0,0,20,5,0,0,0.01,0.05
        1,15000000,10,2,0.02,0.02,0.03,0.04
        """);
    Files.writeString(run.resolve("timeseries.csv"), """
        t,prompt_throughput,gen_throughput,running,waiting,kv_cache_pct
        0.045,0,0,1,0,10
        0.055,0,0,1,1,10
        0.065,0,0,2,0,15
        0.075,0,0,1,0,10
        0.085,0,0,0,0,0
        """);
    Ran ran = validate(run, "--step-time", "linear:10000000,0,0", "--tolerance", "100");
    assertEquals(0, ran.exit(), ran.err());
    List<Map<String, String>> lines = Ran.rows(folder.resolve("out/timeseries.csv"));
    assertEquals(
        List.of("0.015", "0.025", "0.035", "0.045", "0.055"),
        lines.stream().map(line -> line.get("t_s")).toList());
  }

  @Test
  void aRunThatIsNotSaysWhichFigureIsFurthestOff() throws IOException {
    Ran ran = validate(run(0.004), "--step-time", "linear:1000000,0,0", "--tolerance", "20");
    assertEquals(ExitCode.CHECK_FAILED, ran.exit(), ran.err());
    // its two steps took 3 ms, 2 ms for one token: predicted half as long
    assertEquals(-50.0, error(errors(), "TPOT p99"), 0.6);
    assertTrue(ran.out().contains("OUTSIDE"), ran.out());
  }

  @Test
  void whatIsNoRunIsOneLineOnStandardError() throws IOException {
    Ran empty = validate(folder);
    assertEquals(2, empty.exit());
    assertTrue(empty.err().contains("there is no engine.json"), empty.err());
    Ran profile = validate(run(0.003));
    assertEquals(2, profile.exit());
    assertTrue(profile.err().contains("has no profile of operators"), profile.err());
    Ran key = validate(run(0.003), "--step-time", "profile:" + folder + ",skews=1");
    assertEquals(2, key.exit());
    assertTrue(key.err().contains("'skews=1' is none of step-ns="), key.err());
  }

  private Map<String, Double> recorded(String name, String... further) throws IOException {
    Path run = MEASURED.resolve(name);
    assumeTrue(Files.isDirectory(run), "no recorded runs at " + MEASURED);
    Ran ran = validate(run, further);
    assertTrue(ran.exit() == 0 || ran.exit() == ExitCode.CHECK_FAILED, ran.err());
    return errors();
  }

  @Test
  void theRtx4090RunIsPredictedFromItsKernels() throws IOException {
    Map<String, Double> errors = recorded("rtx4090-llama-3.1-8b");
    assertEquals(18, errors.size());
    errors.forEach((figure, error) -> assertEquals(0, error, 1, figure));
    assertEquals(0, error(errors, "makespan"), 0.5);
    assertEquals(0, error(errors, "running mean"), 1);
    assertEquals(0, error(errors, "KV use while requests wait"), 1);
    for (String latency : LATENCIES) {
      assertEquals(0, error(errors, latency + " mean"), 0.5, latency);
    }
  }

  @Test
  void theRtxPro6000RunIsPredictedFromItsKernels() throws IOException {
    Map<String, Double> errors = recorded("rtxpro6000-llama-3.1-8b");
    errors.forEach((figure, error) -> assertEquals(0, error, 1.5, figure));
    for (String latency : LATENCIES) {
      assertEquals(0, error(errors, latency + " mean"), 0.5, latency);
    }
    assertEquals(0, error(errors, "makespan"), 0.5);
    assertEquals(0, error(errors, "running mean"), 1);
  }

  @Test
  void theRooflineKnowsBothCards() throws IOException {
    for (String name : List.of("rtx4090-llama-3.1-8b", "rtxpro6000-llama-3.1-8b")) {
      Map<String, Double> errors = recorded(name, "--step-time", "roofline");
      for (String latency : LATENCIES) {
        assertEquals(0, error(errors, latency + " mean"), 5, name + " " + latency);
      }
    }
  }
}
