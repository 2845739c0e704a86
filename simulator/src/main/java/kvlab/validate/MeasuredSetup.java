package kvlab.validate;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import kvlab.capacity.Catalogue;
import kvlab.capacity.Gpu;
import kvlab.capacity.KvCapacity;
import kvlab.capacity.KvDtype;
import kvlab.capacity.Model;
import kvlab.design.Design;
import kvlab.design.Designs;
import kvlab.engine.OverLength;
import kvlab.metrics.Window;
import kvlab.step.GraphSizes;
import kvlab.study.Experiment;
import kvlab.study.Hardware;
import kvlab.study.Memory;
import kvlab.workload.InputException;

/**
 * The experiment that repeats a recorded run with its own settings. What {@code engine.json} does not say
 * has the default of vLLM 0.19, and {@link #notes} says so.
 */
final class MeasuredSetup {
  /**
   * What a user may say in place of the recording.
   *
   * @param model catalogue name
   * @param gpu catalogue name
   * @param options of the design, by name
   */
  record Overrides(
      Optional<String> model,
      Optional<String> gpu,
      OptionalInt pages,
      Optional<String> stepTime,
      Map<String, String> options) {}

  private static final int PAGE_TOKENS = 16;
  private static final double UTILISATION = 0.9;
  private static final int MAX_SEQUENCES = 256;
  private static final int MAX_BATCHED_TOKENS = 2048;

  private final MeasuredRun run;
  private final JsonNode asked;
  private final JsonNode resolved;
  private final JsonNode cache;
  private final List<String> notes = new ArrayList<>();
  private final Experiment experiment;

  MeasuredSetup(MeasuredRun run, Overrides overrides) {
    this.run = run;
    this.asked = run.settings().path("engine_kwargs");
    this.resolved = run.settings().path("resolved_config");
    this.cache = run.settings().path("kv_cache");
    Catalogue catalogue = Catalogue.open();
    Hardware hardware = new Hardware(
        model(catalogue, overrides.model()),
        gpu(catalogue, overrides.gpu()),
        kvDtype(),
        Math.max(1, asked.path("tensor_parallel_size").asInt(1)));
    int pages = pages(hardware, overrides.pages());
    int limit = asked
        .path("max_model_len")
        .asInt(resolved
            .path("model_config")
            .path("max_model_len")
            .asInt(hardware.model().maxModelTokens()));
    Map<String, String> options = options();
    options.putAll(overrides.options());
    this.experiment = new Experiment(
        run.trace(),
        List.of(Designs.named("vllm-v1")),
        options,
        hardware,
        new Memory.Pages(pages, pageTokens()),
        Math.min(limit, pages * pageTokens()),
        OverLength.REJECT,
        overrides.stepTime().orElseGet(() -> profile(options)),
        Window.ALL);
  }

  Experiment experiment() {
    return experiment;
  }

  /** Whether a step is scheduled while the one before runs. */
  boolean isAhead() {
    return "on".equals(experiment.options().get("async-scheduling"));
  }

  /** What was assumed, a line each. */
  List<String> notes() {
    return notes;
  }

  private Model model(Catalogue catalogue, Optional<String> asked) {
    String recorded = run.settings().path("model").asText("");
    String name = asked.orElse(recorded.substring(recorded.lastIndexOf('/') + 1));
    if (name.isEmpty()) {
      throw new InputException(run.folder() + ": engine.json names no model; give --model");
    }
    return catalogue.model(name);
  }

  /** The GPU by the driver's name for it, or where that was not recorded by the folder's. */
  private Gpu gpu(Catalogue catalogue, Optional<String> asked) {
    if (asked.isPresent()) {
      return catalogue.gpu(asked.get());
    }
    String device = run.settings().path("hardware").path("device_name").asText("");
    String words = plain(device.isEmpty() ? run.name() : device);
    for (Gpu gpu : catalogue.gpus()) {
      if (words.contains(plain(gpu.name()))) {
        if (device.isEmpty()) {
          notes.add("the GPU was not recorded: " + gpu.name() + " by the folder's name");
        }
        return gpu;
      }
    }
    throw new InputException(run.folder() + ": which GPU it was is not recorded; give --gpu");
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }

  private KvDtype kvDtype() {
    String dtype = asked.path("kv_cache_dtype").asText("auto");
    return KvDtype.named(dtype.startsWith("fp8") ? "fp8" : "bf16");
  }

  private int pageTokens() {
    return cache.path("block_size").asInt(PAGE_TOKENS);
  }

  private int pages(Hardware hardware, OptionalInt asked) {
    if (asked.isPresent()) {
      return asked.getAsInt();
    }
    if (cache.path("num_gpu_blocks").asInt(0) > 0) {
      return cache.path("num_gpu_blocks").asInt();
    }
    double utilisation = cache.path("gpu_memory_utilization").asDouble(UTILISATION);
    long bytes = KvCapacity.kvBytes(
        hardware.gpu(),
        hardware.model(),
        hardware.kvDtype(),
        hardware.tensorParallel(),
        utilisation,
        KvCapacity.overheadBytes(hardware.gpu()));
    int pages = KvCapacity.pages(bytes, hardware.kvBytesPerToken(), pageTokens());
    notes.add(String.format(
        Locale.ROOT,
        "the page count was not recorded: %,d pages, the capacity of %s at utilisation %s",
        pages,
        hardware.gpu().name(),
        utilisation));
    return pages;
  }

  private Map<String, String> options() {
    JsonNode scheduler = resolved.path("scheduler_config");
    Map<String, String> options = new LinkedHashMap<>();
    options.put(Design.PAGE_TOKENS, Integer.toString(pageTokens()));
    options.put(Design.MAX_SEQUENCES, count(scheduler, "max_num_seqs", MAX_SEQUENCES));
    options.put(
        Design.MAX_BATCHED_TOKENS, count(scheduler, "max_num_batched_tokens", MAX_BATCHED_TOKENS));
    options.put("policy", scheduler.path("policy").asText("fcfs"));
    options.put("prefix-cache", onOff(cache, "enable_prefix_caching"));
    options.put("chunked-prefill", onOff(scheduler, "enable_chunked_prefill"));
    options.put("full-sequence-gate", onOff(scheduler, "scheduler_reserve_full_isl"));
    options.put("async-scheduling", onOff(scheduler, "async_scheduling"));
    options.put(
        "long-prefill-token-threshold",
        Integer.toString(scheduler.path("long_prefill_token_threshold").asInt(0)));
    if (resolved.isMissingNode()) {
      notes.add("settings that were not recorded have the defaults of vLLM 0.19: " + options);
    }
    return options;
  }

  private String count(JsonNode scheduler, String name, int usual) {
    int value = scheduler.path(name).asInt(asked.path(name).asInt(usual));
    return Integer.toString(value);
  }

  /** vLLM 0.19 has all of these on. */
  private static String onOff(JsonNode node, String name) {
    return node.path(name).asBoolean(true) ? "on" : "off";
  }

  /** The operators that were measured on the same card, and the CUDA graphs that the engine captured. */
  private String profile(Map<String, String> options) {
    Path folder = run.folder().resolve("profile");
    if (!Files.isDirectory(folder)) {
      throw new InputException(
          run.folder() + ": has no profile of operators; give --step-time, such as roofline");
    }
    int largest = resolved
        .path("compilation_config")
        .path("max_cudagraph_capture_size")
        .asInt(GraphSizes.forSequences(Integer.parseInt(
                options.getOrDefault(Design.MAX_SEQUENCES, Integer.toString(MAX_SEQUENCES))))
            .largest());
    boolean eager = resolved.path("model_config").path("enforce_eager").asBoolean(false);
    return "profile:" + folder + ",graphs=" + (eager ? 0 : largest);
  }
}
