package kvlab.validate;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import kvlab.design.Design;
import kvlab.design.Designs;
import kvlab.design.Options;
import kvlab.design.Server;
import kvlab.design.Site;
import kvlab.engine.Engine;
import kvlab.engine.Rules;
import kvlab.json.Json;
import kvlab.kv.Pool;
import kvlab.metrics.DetailLog;
import kvlab.metrics.Probe;
import kvlab.metrics.RequestLog;
import kvlab.metrics.StepLog;
import kvlab.step.LinearStepTime;
import kvlab.study.IoReason;
import kvlab.workload.InputException;
import kvlab.workload.ReadOptions;
import kvlab.workload.Trace;
import kvlab.workload.Traces;

/**
 * One recorded schedule of the real vLLM: a folder with {@code case.json}, {@code trace.csv.gz} and the
 * logs {@code steps.csv.gz}, {@code requests.csv.gz} and perhaps {@code detail.csv.gz} that the recorded
 * scheduler, V1's or V0's, wrote. The replay drives the bare scheduler as the recording did: nothing is
 * turned away in front of it, and {@code num_gpu_blocks} is the pool as vLLM was given it, V1's null page
 * included.
 */
public final class GoldenCase {
  private static final List<String> COUNTS = List.of(
      "num_gpu_blocks",
      "block_size",
      "max_num_seqs",
      "max_num_batched_tokens",
      "max_model_len",
      "base_ns");
  private static final String DETAIL = "detail.csv.gz";

  /** V0's scheduler leaves the length of the model to the engine around it, which was not recorded. */
  private static final int UNLIMITED_TOKENS = Integer.MAX_VALUE;

  private final Path folder;
  private final JsonNode params;
  private final int hashBlockTokens;

  private GoldenCase(Path folder, JsonNode root) {
    this.folder = folder;
    this.params = root.path("params");
    this.hashBlockTokens = root.path("trace").path("hash_block").asInt(0);
  }

  /** Opens a case folder. */
  public static GoldenCase open(Path folder) {
    Path file = folder.resolve("case.json");
    if (!Files.isRegularFile(file)) {
      throw new InputException(folder + ": not a golden case: there is no case.json");
    }
    try {
      JsonNode root = Json.read(file);
      requireCounts(file, root.path("params"));
      GoldenCase golden = new GoldenCase(folder, root);
      golden.requireReplayable(file);
      return golden;
    } catch (JsonProcessingException e) {
      throw new InputException(file + ":" + e.getLocation().getLineNr() + ": is not JSON", e);
    } catch (IOException e) {
      throw new InputException(IoReason.of(e), e);
    }
  }

  private static void requireCounts(Path file, JsonNode params) {
    for (String name : COUNTS) {
      JsonNode value = params.path(name);
      if (!value.canConvertToInt() || value.asInt() < 1) {
        throw new InputException(
            file + ": params." + name + " must be a whole number of at least 1: "
                + (value.isMissingNode() ? "missing" : value));
      }
    }
  }

  private void requireReplayable(Path file) {
    try {
      pool();
      clock();
      options();
    } catch (IllegalArgumentException | InputException e) {
      throw new InputException(file + ": " + e.getMessage(), e);
    }
  }

  public String name() {
    return folder.toAbsolutePath().normalize().getFileName().toString();
  }

  /** The logs of a replay or recording, uncompressed; the detail may be empty. */
  public record Logs(String steps, String requests, String detail) {}

  /** V0 has no such setting. */
  private boolean isV1() {
    return params.has("reserve_full_isl");
  }

  /** Replays the case. */
  public Logs replay() {
    ReadOptions reading = ReadOptions.DEFAULT.withHashBlockTokens(hashBlockTokens);
    String file = folder.resolve("trace.csv.gz").toString();
    Trace trace = Traces.load(file, Optional.empty(), reading).trace();
    Server server = design().open(pool(), options(), site());
    ByteArrayOutputStream steps = new ByteArrayOutputStream();
    ByteArrayOutputStream requests = new ByteArrayOutputStream();
    ByteArrayOutputStream detail = new ByteArrayOutputStream();
    long maxSteps = params.path("max_steps").asLong(Long.MAX_VALUE);
    int limit = isV1() ? site().maxModelTokens() : UNLIMITED_TOKENS;
    List<Probe> logs = new ArrayList<>();
    logs.add(new StepLog(steps, !isV1()));
    logs.add(new RequestLog(requests));
    if (hasDetail()) {
      logs.add(new DetailLog(detail, !isV1()));
    }
    Rules rules = Rules.bareScheduler(limit, maxSteps);
    new Engine(trace.stream(), server, clock(), rules, logs).run();
    return new Logs(steps.toString(UTF_8), requests.toString(UTF_8), detail.toString(UTF_8));
  }

  private Design design() {
    return Designs.named(isV1() ? "vllm-v1" : "vllm-v0");
  }

  private Pool pool() {
    return new Pool(
        params.path("num_gpu_blocks").asInt(), params.path("block_size").asInt());
  }

  private Site site() {
    return new Site("recorded", 0, params.path("max_model_len").asInt());
  }

  private LinearStepTime clock() {
    return new LinearStepTime(
        params.path("base_ns").asLong(),
        params.path("per_token_ns").asLong(),
        params.path("per_context_ns").asLong());
  }

  private Options options() {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("max-num-seqs", params.path("max_num_seqs").asText());
    options.put("max-num-batched-tokens", params.path("max_num_batched_tokens").asText());
    options.put("policy", params.path("policy").asText());
    options.put("prefix-cache", onOff("prefix_caching"));
    options.put("chunked-prefill", onOff("chunked_prefill"));
    if (isV1()) {
      options.put("full-sequence-gate", onOff("reserve_full_isl"));
      options.put(
          "long-prefill-token-threshold",
          Integer.toString(params.path("long_prefill_token_threshold").asInt()));
    } else {
      options.put("preemption", params.path("preemption_mode").asText("recompute"));
      options.put("cpu-pages", Integer.toString(params.path("num_cpu_blocks").asInt()));
    }
    return new Options(design().options(site()), options);
  }

  private String onOff(String name) {
    return params.path(name).asBoolean() ? "on" : "off";
  }

  /** The recorded logs. */
  public Logs recorded() {
    String detail = hasDetail() ? unzip(DETAIL) : "";
    return new Logs(unzip("steps.csv.gz"), unzip("requests.csv.gz"), detail);
  }

  private boolean hasDetail() {
    return Files.isRegularFile(folder.resolve(DETAIL));
  }

  private String unzip(String file) {
    Path path = folder.resolve(file);
    try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(path))) {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new InputException(
          path + ": cannot be read: " + (e instanceof EOFException ? "cut short" : IoReason.of(e)),
          e);
    }
  }

  /** Where two logs first differ, in words, or an empty text. */
  static String firstDifference(String log, String recorded, String replayed) {
    if (recorded.equals(replayed)) {
      return "";
    }
    int line = 1;
    int start = 0;
    while (true) {
      String expected = lineAt(recorded, start);
      String actual = lineAt(replayed, start);
      if (!expected.equals(actual)) {
        return log + " differ first in line " + line + "\n    vllm  " + expected + "\n    kvlab "
            + actual;
      }
      line++;
      start += expected.length() + 1;
    }
  }

  private static String lineAt(String text, int start) {
    if (start >= text.length()) {
      return "(ends here)";
    }
    int end = text.indexOf('\n', start);
    return end < 0 ? text.substring(start) + " (cut)" : text.substring(start, end);
  }
}
