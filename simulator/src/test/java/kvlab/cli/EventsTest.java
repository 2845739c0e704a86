package kvlab.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The log of events holds to the Trace Event Format, and says what the other logs say. */
class EventsTest {
  private static final Path SAMPLE = Path.of(System.getProperty("kvlab.root", ".."))
      .resolve("workloads/samples/chat-azure-like.csv");
  private static final String RUN = "replay --no-charts --limit 300 --rate-scale 4 --pages 700"
      + " --max-model-len 4096 --step-time linear:5000000,20000,3 --log events,requests,steps ";

  @TempDir
  Path folder;

  private List<JsonNode> events(Path out) throws IOException {
    JsonNode root = new ObjectMapper().readTree(Ran.text(out.resolve("events.json.gz")));
    List<JsonNode> events = new ArrayList<>();
    root.get("traceEvents").forEach(events::add);
    return events;
  }

  private Path run(String words) {
    Path out = folder.resolve(words.replaceAll("[^a-z0-9]+", "-"));
    Ran ran = Ran.line(RUN + words + " --out", out, SAMPLE);
    assertEquals(0, ran.exit(), ran.err());
    return out;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vllm-v1",
        "vllm-v0",
        "vllm-v0 --set preemption=swap",
        "orca-pow2",
        "hf-static",
        "sglang"
      })
  void nestsSpansInLanesAndCountsEverySlot(String design) throws IOException {
    Path out = run("--design " + design);
    long capacity =
        Long.parseLong(Ran.rows(out.resolve("summary.csv")).get(0).get("capacity_slots"));
    Map<Integer, Deque<Long>> openByLane = new HashMap<>(); // ends of the spans that are open
    Map<String, Long> last = new HashMap<>(); // time by kind of track
    int spans = 0;
    for (JsonNode event : events(out)) {
      String phase = event.get("ph").asText();
      if (phase.equals("M")) {
        continue;
      }
      assertTrue(event.get("ts").isIntegralNumber(), event.toString());
      long ts = event.get("ts").asLong();
      String track = phase + event.get("pid") + "/" + event.get("tid") + event.get("name");
      if (phase.equals("C")) {
        assertTrue(last.getOrDefault(track, 0L) <= ts, "goes back: " + event);
        last.put(track, ts);
        if (event.get("name").asText().equals("KV slots")) {
          long sum = 0;
          for (JsonNode part : event.get("args")) {
            sum += part.asLong();
          }
          assertEquals(capacity, sum, event.toString());
        }
      } else if (phase.equals("X")) {
        long end = ts + event.get("dur").asLong();
        Deque<Long> open =
            openByLane.computeIfAbsent(event.get("tid").asInt(), lane -> new ArrayDeque<>());
        assertTrue(ts < end, event.toString());
        while (!open.isEmpty() && open.peek() <= ts) {
          open.pop();
        }
        assertTrue(open.isEmpty() || end <= open.peek(), "reaches out of its parent: " + event);
        open.push(end);
        spans++;
      } else {
        assertEquals("i", phase);
      }
    }
    assertTrue(spans > 1000, "spans: " + spans);
  }

  @ParameterizedTest
  @ValueSource(strings = {"vllm-v1", "vllm-v0", "vllm-v0 --set preemption=swap"})
  void saysOfRequestsWhatTheirLogSays(String design) throws IOException {
    Path out = run("--design " + design);
    Map<String, Map<String, List<long[]>>> byRequest = new LinkedHashMap<>();
    Map<Integer, String> inLane = new HashMap<>();
    for (JsonNode event : events(out)) {
      if (event.get("ph").asText().equals("X")) {
        int lane = event.get("tid").asInt();
        String name = event.get("name").asText();
        if (name.startsWith("request ")) {
          inLane.put(lane, name.substring(8));
          name = "request";
        }
        long ts = event.get("ts").asLong();
        byRequest
            .computeIfAbsent(inLane.get(lane), id -> new HashMap<>())
            .computeIfAbsent(name, n -> new ArrayList<>())
            .add(new long[] {ts, ts + event.get("dur").asLong()});
      }
    }
    int preempted = 0;
    int served = 0;
    for (Map<String, String> row : Ran.rows(out.resolve("requests.csv.gz"))) {
      if (micros(row, "finish_ns") < 0) {
        continue;
      }
      served++;
      Map<String, List<long[]>> spans = byRequest.getOrDefault(row.get("id"), Map.of());
      span(row, spans, "request", "arrival_ns", "finish_ns");
      span(row, spans, "queued", "arrival_ns", "first_scheduled_ns");
      span(row, spans, "prefill", "first_scheduled_ns", "first_token_ns");
      span(row, spans, "decode", "first_token_ns", "finish_ns");
      int times = spans.getOrDefault("preempted", List.of()).size();
      assertEquals(Integer.parseInt(row.get("n_preemptions")), times, row.toString());
      preempted += times;
    }
    assertEquals(served, byRequest.size());
    assertTrue(preempted > 0, "nobody was preempted, so nothing was tested");
  }

  /** One span of a name between the two times, or none where they are the same microsecond. */
  private static void span(
      Map<String, String> row,
      Map<String, List<long[]>> spans,
      String name,
      String from,
      String to) {
    List<long[]> its = spans.getOrDefault(name, List.of());
    if (micros(row, from) == micros(row, to)) {
      assertEquals(0, its.size(), name + " of " + row);
    } else {
      assertEquals(1, its.size(), name + " of " + row);
      assertArrayEquals(new long[] {micros(row, from), micros(row, to)}, its.get(0));
    }
  }

  private static long micros(Map<String, String> row, String column) {
    return Math.floorDiv(Long.parseLong(row.get(column)), 1000L);
  }

  /** While the run is short, counters have every step and its queues. */
  @Test
  void countersHaveTheQueuesOfEachStep() throws IOException {
    Path out = run("--design vllm-v1");
    List<Map<String, String>> steps = Ran.rows(out.resolve("steps.csv.gz"));
    Map<Long, JsonNode> byTime = new HashMap<>();
    for (JsonNode event : events(out)) {
      if (event.get("name").asText().equals("requests")) {
        byTime.put(event.get("ts").asLong(), event.get("args"));
      }
    }
    for (Map<String, String> step : steps) {
      JsonNode args = byTime.getOrDefault(micros(step, "t_start_ns"), MissingNode.getInstance());
      assertEquals(step.get("n_running"), args.path("running").asText(), step.toString());
      assertEquals(step.get("n_waiting"), args.path("waiting").asText(), step.toString());
    }
  }

  @Test
  void isTheSameWithEveryStepSpelledOut() throws IOException {
    String words = RUN.replace(",steps", "").replace(",requests", "") + "--design vllm-v1 ";
    Ran.line(words + "--out", folder.resolve("leapt"), SAMPLE);
    Ran.line(words + "--no-leap --out", folder.resolve("stepped"), SAMPLE);
    assertArrayEquals(
        Files.readAllBytes(folder.resolve("leapt/events.json.gz")),
        Files.readAllBytes(folder.resolve("stepped/events.json.gz")));
  }

  @Test
  void showsOneInAsManyAsItTakesToStayBelowTheMost() throws IOException {
    Path out = run("--design vllm-v1 --events-requests 90"); // 300 requests: one in 4
    long shown = events(out).stream()
        .filter(event -> event.get("name").asText().startsWith("request ")
            || event.get("ph").asText().equals("i"))
        .count();
    assertEquals(75, shown);
    assertTrue(Ran.text(out.resolve("events.json.gz")).contains("one in 4"));
  }
}
