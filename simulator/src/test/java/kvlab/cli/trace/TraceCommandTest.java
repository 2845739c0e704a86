package kvlab.cli.trace;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import kvlab.workload.TraceFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceCommandTest {
  private static final String AZURE = """
      TIMESTAMP,ContextTokens,GeneratedTokens
      2023-11-16 18:15:46.0000000,1000,40
      2023-11-16 18:17:46.5000000,2000,50
      2023-11-16 18:16:46.0000000,3000,60
      2023-11-16 18:16:47.0000000,3000,0
      """;

  @TempDir
  Path folder;

  @Test
  void showsATraceToAPerson() throws IOException {
    Ran ran = Ran.trace("info", azure());
    assertEquals("""
        trace      day.csv
        format     azure (Azure LLM inference 2023/2024 CSV: TIMESTAMP, ContextTokens, GeneratedTokens)
        sha256     SHA
        rows       4 read, 3 used, 1 dropped
                   1 dropped: zero output tokens
                   1 out of order, sorted by arrival
        requests   3
        duration   0:02:00 h (120.5 s)
        arrivals   0.02/s mean, 1/s peak second
                   0.02/s peak minute
        burstiness 0.00 (CV of gaps; 1 is Poisson)

        tokens           min        p1       p25       p50       p75       p90       p95       p99       max        mean             sum
        prompt         1,000     1,000     1,000     2,000     3,000     3,000     3,000     3,000     3,000     2,000.0           6,000
        output            40        40        40        50        60        60        60        60        60        50.0             150
        total          1,040     1,040     1,040     2,050     3,060     3,060     3,060     3,060     3,060     2,050.0           6,150
        """, ran.out().replaceFirst("[0-9a-f]{64}", "SHA"));
    assertEquals(0, ran.exit());
    assertEquals("", ran.err());
  }

  @Test
  void showsATraceToAProgram() throws IOException {
    JsonNode json =
        new ObjectMapper().readTree(Ran.trace("info", "--json", azure()).out());
    assertEquals("azure", json.at("/format").asText());
    assertEquals(1, json.at("/rows/dropped/zero output tokens").asInt());
    assertEquals(120_500_000_000L, json.at("/duration_ns").asLong());
    assertEquals(6_000, json.at("/prompt_tokens/sum").asLong());
    assertTrue(json.at("/hash_ids").isNull());
  }

  @Test
  void convertsToTheNativeFormat() throws IOException {
    Path out = folder.resolve("out.csv");
    Ran ran = Ran.trace("convert", azure(), out.toString(), "--rate-scale", "2");
    assertEquals("""
        arrival_ns,prompt_tokens,output_tokens
        0,1000,40
        30000000000,3000,60
        60250000000,2000,50
        """, Files.readString(out));
    assertEquals("", ran.out());
    assertTrue(ran.err().contains("wrote 3 requests to " + out), ran.err());
    assertTrue(ran.err().contains("1 dropped: zero output tokens"), ran.err());
    Ran.trace("convert", azure(), out.toString(), "--limit", "1", "--format", "azure");
    assertEquals("arrival_ns,prompt_tokens,output_tokens\n0,1000,40\n", Files.readString(out));
  }

  @Test
  void refusesBadInput() throws IOException {
    assertEquals(
        "InputException: unknown trace format 'parquet'; known are " + TraceFormat.ids(),
        Ran.trace("info", "--format", "parquet", azure()).thrown());
    assertEquals(
        "InputException: limit must be at least 1: 0",
        Ran.trace("info", "--limit", "0", azure()).thrown());
    assertEquals(
        "InputException: rate scale must be positive: -1.0",
        Ran.trace("convert", azure(), "o.csv", "--rate-scale", "-1").thrown());
    assertEquals(
        "InputException: arrivals 'often' is unknown; known are"
            + " poisson:RATE, gamma:RATE,CV, fixed:RATE, all-at-once",
        Ran.trace(
                "generate",
                "--arrivals=often",
                "--prompt=fixed:1",
                "--output=fixed:1",
                "--requests=1",
                "--out=o.csv")
            .thrown());
    assertEquals(2, Ran.trace().exit());
    assertEquals(2, Ran.trace("fetch").exit());
  }

  @Test
  void generatesTheCommittedSamples() throws IOException {
    Path root = Path.of(System.getProperty("kvlab.root", ".."));
    Path samples = root.resolve("workloads/samples");
    int made = 0;
    for (String line : Files.readAllLines(samples.resolve("README.md"))) {
      if (!line.startsWith("    kvlab trace ")) {
        continue;
      }
      String[] arguments = line.strip().split(" ");
      Path committed = root.resolve(arguments[arguments.length - 1]);
      Path again = folder.resolve(String.valueOf(committed.getFileName()));
      for (int i = 2; i < arguments.length; i++) {
        arguments[i] = arguments[i].replace("quantiles:", "quantiles:" + root + "/");
      }
      arguments[arguments.length - 1] = again.toString();
      assertEquals(0, Ran.trace(tail(arguments)).exit());
      assertEquals(Files.readString(committed), Files.readString(again), committed.toString());
      assertTrue(Files.size(committed) < 100_000, "a sample stays small");
      made++;
    }
    assertEquals(2, made);
  }

  @Test
  void fetchesFromAMirrorAndOwnsUpToMissingChecksums() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/Azure/AzurePublicDataset/master/data/AzureLLMInferenceTrace_code.csv", exchange -> {
          exchange.sendResponseHeaders(200, AZURE.length());
          exchange.getResponseBody().write(AZURE.getBytes(UTF_8));
          exchange.close();
        });
    server.start();
    try {
      String mirror = "http://127.0.0.1:" + server.getAddress().getPort();
      Ran ran =
          Ran.trace("fetch", "azure-2023-code", "--dir", folder.toString(), "--mirror", mirror);
      Path file = folder.resolve("azure-2023-code.csv");
      assertEquals(file + System.lineSeparator(), ran.out());
      assertEquals(AZURE, Files.readString(file));
      assertTrue(ran.err().contains("no checksum published: sha256 is "), ran.err());
    } finally {
      server.stop(0);
    }
  }

  @Test
  void listsPublicTraces() {
    String list = Ran.trace("fetch", "--list").out();
    assertEquals(9, list.lines().count());
    assertTrue(list.contains("\nmooncake-conversation  mooncake  Apache-2.0  known"), list);
  }

  private static String[] tail(String[] words) {
    return Arrays.copyOfRange(words, 2, words.length);
  }

  private String azure() throws IOException {
    Path file = folder.resolve("day.csv");
    Files.writeString(file, AZURE);
    return file.toString();
  }
}
