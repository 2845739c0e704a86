package kvlab.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import kvlab.capacity.Catalogue;
import kvlab.capacity.KvDtype;
import kvlab.capacity.Model;
import kvlab.design.Design;
import kvlab.design.Site;
import kvlab.engine.OverLength;
import kvlab.engine.Router;
import kvlab.metrics.Window;
import kvlab.report.ChartFormat;
import kvlab.report.Charts;
import kvlab.report.RunFiles;
import kvlab.study.Experiment;
import kvlab.study.Hardware;
import kvlab.study.Memory;
import kvlab.workload.InputException;
import kvlab.workload.RequestSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of every command that replays: trace, hardware, memory, limits, output. */
class RunOptions {
  @Mixin
  TraceOptions trace = new TraceOptions();

  @Mixin
  MemoryOptions memory = new MemoryOptions();

  @Mixin
  ServingOptions serving = new ServingOptions();

  @Mixin
  OutputOptions output = new OutputOptions();

  static final class MemoryOptions {
    @Option(
        names = "--model",
        defaultValue = "llama-2-7b",
        description = "Model of the catalogue (default: llama-2-7b).")
    String model = "";

    @Option(
        names = "--gpu",
        defaultValue = "a100-80g",
        description = "GPU of the catalogue (default: a100-80g).")
    String gpu = "";

    @Option(
        names = "--tensor-parallel",
        paramLabel = "T",
        defaultValue = "1",
        description = "GPUs that share the model (default: 1).")
    int tensorParallel;

    @Option(
        names = "--kv-dtype",
        defaultValue = "auto",
        description = "Element type of the KV cache: auto, fp16, bf16, fp8, int8, int4.")
    String kvDtype = "";

    @Option(
        names = "--gpu-memory-utilization",
        paramLabel = "SHARE",
        defaultValue = "0.9",
        description = "Share of GPU memory for weights, activations and KV (default: 0.9).")
    double utilization;

    @Option(
        names = {"--pages", "--num-gpu-blocks"},
        paramLabel = "N",
        description = "Pages of the pool, in place of a share of the GPU.")
    @Nullable
    String pages;

    @Option(
        names = {"--page-tokens", "--block-size"},
        paramLabel = "B",
        description = "Tokens per page.")
    @Nullable
    String pageTokens;
  }

  static final class ServingOptions {
    @Option(
        names = "--max-model-len",
        paramLabel = "TOKENS",
        description =
            "Longest sequence, prompt and output (default: the model's, or the largest power of"
                + " two of pages that the pool holds).")
    @Nullable
    Integer maxModelTokens;

    @Option(names = "--max-num-seqs", paramLabel = "N", description = "Sequences that run at once.")
    @Nullable
    String maxSequences;

    @Option(
        names = "--max-num-batched-tokens",
        paramLabel = "N",
        description = "Tokens computed in one step.")
    @Nullable
    String maxBatchedTokens;

    @Option(names = "--policy", paramLabel = "P", description = "fcfs or priority.")
    @Nullable
    String policy;

    @Option(
        names = "--prefix-cache",
        paramLabel = "on|off",
        description = "Share pages of equal prefixes, in designs that can.")
    @Nullable
    String prefixCache;

    @Option(
        names = "--set",
        paramLabel = "OPTION=VALUE",
        description = "Any other option of a design; see 'kvlab list designs'. Repeatable.")
    Map<String, String> set = new LinkedHashMap<>();

    @Option(
        names = "--over-length",
        defaultValue = "reject",
        description =
            "Requests longer than max-model-len: reject, truncate (cut the prompt) or stop (cut the"
                + " output). Default: reject.")
    OverLength overLength = OverLength.REJECT;

    @Option(
        names = "--step-time",
        defaultValue = "roofline",
        description = "roofline[:KEY=VALUE,..|:file=PATH], shares:KEY=VALUE,.. or"
            + " linear:BASE_NS,TOKEN_NS,CONTEXT_NS (default: roofline).")
    String stepTime = "";

    @Option(
        names = "--no-leap",
        description = "Take every step one by one, with the same results, only slower.")
    boolean noLeap;

    @Option(
        names = "--window",
        paramLabel = "FROM,TO",
        description = "Seconds of the run that time-weighted figures are taken over.")
    @Nullable
    String window;
  }

  static final class OutputOptions {
    @Option(
        names = "--out",
        paramLabel = "DIR",
        description = "Where results go (default: under results/local/).")
    @Nullable
    Path out;

    @Option(names = "--json", description = "Print the summary as JSON in place of the table.")
    boolean json;

    @Option(
        names = "--charts",
        split = ",",
        paramLabel = "FORMAT",
        description =
            "Draw charts as svg, pdf, png (comma-separated; default: svg); 'kvlab chart' redraws.")
    Set<ChartFormat> charts = EnumSet.of(ChartFormat.SVG);

    @Option(names = "--no-charts", description = "Draw no charts and write no report.")
    boolean noCharts;

    /** Draws what the result files in the folder can answer, beside them. */
    void draw(Path folder) {
      if (!noCharts) {
        draw(RunFiles.open(folder), folder);
      }
    }

    /** Draws what these files of the folder can answer, beside them. */
    void draw(RunFiles run, Path folder) {
      Charts.draw(Charts.of(run), run, folder.resolve("charts"), charts);
    }
  }

  /** The experiment that the options describe. */
  Experiment experiment(RequestSource requests, List<Design> designs) {
    Catalogue catalogue = Catalogue.open();
    Model model = catalogue.model(memory.model);
    int heads = model.attention().heads();
    if (memory.tensorParallel < 1 || heads % memory.tensorParallel != 0) {
      throw new InputException("--tensor-parallel " + memory.tensorParallel
          + " is not a number that divides the " + heads + " heads of " + model.name());
    }
    Hardware hardware = new Hardware(
        model, catalogue.gpu(memory.gpu), KvDtype.named(memory.kvDtype), memory.tensorParallel);
    Memory kv = kvMemory(hardware);
    Experiment experiment = new Experiment(
        requests,
        designs,
        designOptions(),
        hardware,
        kv,
        maxModelTokens(hardware, kv),
        serving.overLength,
        serving.stepTime,
        window(),
        replicas(),
        router());
    requireKnownOptions(experiment);
    return experiment;
  }

  /** Equal servers that share the requests. */
  int replicas() {
    return 1;
  }

  /** Who of them gets a request. */
  Router router() {
    return Router.ROUND_ROBIN;
  }

  private Memory kvMemory(Hardware hardware) {
    if (memory.pages == null) {
      return Memory.of(hardware, memory.utilization);
    }
    return new Memory.Pages(count("pages", memory.pages), pageTokens());
  }

  private int pageTokens() {
    return memory.pageTokens == null
        ? Memory.USUAL_PAGE_TOKENS
        : count(Design.PAGE_TOKENS, memory.pageTokens);
  }

  private static int count(String name, String value) {
    return Integer.parseInt(kvlab.design.Option.count(name, 1, "").with(value).value());
  }

  private int maxModelTokens(Hardware hardware, Memory kv) {
    if (serving.maxModelTokens == null) {
      return kv.longest(hardware.model(), pageTokens());
    }
    int asked = serving.maxModelTokens;
    if (asked < 2 || asked > kv.slots()) {
      throw new InputException(
          "--max-model-len " + asked + " must be from 2 to the pool's " + kv.slots() + " slots");
    }
    return asked;
  }

  private Map<String, String> designOptions() {
    Map<String, String> options = new LinkedHashMap<>(serving.set);
    put(options, Design.PAGE_TOKENS, memory.pageTokens);
    put(options, Design.MAX_SEQUENCES, serving.maxSequences);
    put(options, Design.MAX_BATCHED_TOKENS, serving.maxBatchedTokens);
    put(options, "policy", serving.policy);
    putCopies(options, Design.SAMPLES, trace.samples);
    putCopies(options, Design.BEAM_WIDTH, trace.beamWidth);
    put(options, "prefix-cache", serving.prefixCache);
    return options;
  }

  private static void put(Map<String, String> options, String name, @Nullable String value) {
    if (value != null) {
      options.put(name, value);
    }
  }

  /** An option that is a flag of its own, because requests are made for it too. */
  private void putCopies(Map<String, String> options, String name, int copies) {
    if (serving.set.containsKey(name)) {
      throw new InputException(name + " is set by --" + name + ", which makes the requests too");
    }
    if (copies > 1) {
      options.put(name, Integer.toString(copies));
    }
  }

  /** Every option given must mean something to at least one of the designs. */
  private static void requireKnownOptions(Experiment experiment) {
    Site site = experiment.site();
    Set<String> known = new TreeSet<>();
    for (Design design : experiment.designs()) {
      design.options(site).forEach(option -> known.add(option.name()));
    }
    Set<String> unknown = new HashSet<>(experiment.options().keySet());
    unknown.removeAll(known);
    unknown.remove(Design.SAMPLES); // these mean copies of requests to every other design
    unknown.remove(Design.BEAM_WIDTH);
    if (!unknown.isEmpty()) {
      throw new InputException(
          "no design of this run has an option '" + new ArrayList<>(new TreeSet<>(unknown)).get(0)
              + "'; they have " + String.join(", ", known));
    }
  }

  private Window window() {
    if (serving.window == null) {
      return Window.ALL;
    }
    String[] ends = serving.window.split(",", -1);
    try {
      if (ends.length == 2) {
        double from = Double.parseDouble(ends[0]);
        double to = Double.parseDouble(ends[1]);
        if (from >= 0 && to > from) {
          return new Window(Math.round(from * 1e9), Math.round(to * 1e9));
        }
      }
    } catch (NumberFormatException notNumbers) {
      throw new InputException(windowHelp(), notNumbers);
    }
    throw new InputException(windowHelp());
  }

  private String windowHelp() {
    return "--window '" + serving.window + "' is not FROM,TO in seconds with FROM before TO";
  }
}
