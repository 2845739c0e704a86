package kvlab.study;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import kvlab.capacity.Catalogue;
import kvlab.capacity.KvDtype;
import kvlab.design.Design;
import kvlab.design.Designs;
import kvlab.engine.OverLength;
import kvlab.engine.Router;
import kvlab.metrics.Window;
import kvlab.workload.LoadedTrace;
import kvlab.workload.ReadOptions;
import kvlab.workload.RequestSource;
import kvlab.workload.Traces;
import kvlab.workload.synth.Reshaped;

/**
 * A replay in a few lines of Java, with the defaults of {@code kvlab compare}:
 *
 * <pre>
 *   Path results = Replay.of("chat.csv").model("llama-3.1-8b").gpu("rtx-4090").maxModelTokens(8192)
 *       .designs("contiguous-max", "vllm-v1").into(Path.of("results/local/mine"));
 * </pre>
 *
 * The folder then holds the tables and {@code run.json} that the command would write there. Bad values are
 * refused with an {@code InputException} when the replay starts.
 */
public final class Replay {
  private static final double USUAL_UTILISATION = 0.9;

  private final LoadedTrace<?> loaded;
  private final Map<String, String> options = new LinkedHashMap<>();
  private RequestSource requests;
  private double rateScale = 1;
  private String model = "llama-2-7b";
  private String gpu = "a100-80g";
  private String kvDtype = "auto";
  private String stepTime = "roofline";
  private double utilisation = USUAL_UTILISATION;
  private int pages;
  private int maxModelTokens;
  private Window window = Window.ALL;
  private List<Design> designs = new ArrayList<>(List.of(Designs.named("vllm-v1")));

  private Replay(LoadedTrace<?> loaded) {
    this.loaded = loaded;
    this.requests = loaded.trace();
  }

  /** A replay of a trace file in any known format. */
  public static Replay of(String file) {
    return new Replay(Traces.open(file, Optional.empty(), ReadOptions.DEFAULT));
  }

  /** Requests arrive so many times as fast. */
  public Replay rateScale(double factor) {
    rateScale = factor;
    requests = Reshaped.of(loaded.trace()).withRateScale(factor);
    return this;
  }

  /** A model of the catalogue. */
  public Replay model(String name) {
    model = name;
    return this;
  }

  /** A GPU of the catalogue. */
  public Replay gpu(String name) {
    gpu = name;
    return this;
  }

  /** The share of the GPU's memory that may be used, in place of 0.9. */
  public Replay gpuMemoryUtilisation(double share) {
    utilisation = share;
    return this;
  }

  /** Element type of the KV cache: auto, fp16, bf16, fp8, int8 or int4. */
  public Replay kvDtype(String name) {
    kvDtype = name;
    return this;
  }

  /** So many pages of 16 tokens, or of the option page-tokens, in place of a share of the GPU. */
  public Replay pages(int count) {
    pages = count;
    return this;
  }

  /** The longest sequence, prompt and output, in place of the model's own. */
  public Replay maxModelTokens(int tokens) {
    maxModelTokens = tokens;
    return this;
  }

  /** A step-time model as {@link StepTimes} reads it. */
  public Replay stepTime(String name) {
    stepTime = name;
    return this;
  }

  /** Time-weighted figures are taken over these seconds of the run alone. */
  public Replay window(double fromSeconds, double toSeconds) {
    window = new Window(Math.round(fromSeconds * 1e9), Math.round(toSeconds * 1e9));
    return this;
  }

  /** An option of a design, such as {@code max-num-seqs}, for every design that has it. */
  public Replay set(String option, Object value) {
    options.put(option, value.toString());
    return this;
  }

  /** The designs to compare, by name. */
  public Replay designs(String... names) {
    designs = new ArrayList<>();
    for (String name : names) {
      designs.add(Designs.named(name));
    }
    return this;
  }

  /** Everything that decides the result. */
  public Experiment experiment() {
    Catalogue catalogue = Catalogue.open();
    Hardware hardware =
        new Hardware(catalogue.model(model), catalogue.gpu(gpu), KvDtype.named(kvDtype), 1);
    String pageTokens = options.get(Design.PAGE_TOKENS);
    int tokens = pageTokens == null ? Memory.USUAL_PAGE_TOKENS : Integer.parseInt(pageTokens);
    Memory memory = pages > 0 ? new Memory.Pages(pages, tokens) : Memory.of(hardware, utilisation);
    return new Experiment(
        requests,
        designs,
        options,
        hardware,
        memory,
        maxModelTokens > 0 ? maxModelTokens : memory.longest(hardware.model(), tokens),
        OverLength.REJECT,
        stepTime,
        window,
        1,
        Router.ROUND_ROBIN);
  }

  /**
   * Replays and writes the result files.
   *
   * @param folder where they go; files of the same name are replaced
   * @return that folder
   */
  public Path into(Path folder) throws IOException {
    Experiment experiment = experiment();
    try (Stage stage = new Stage(folder);
        PrintStream nobody =
            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
      Progress silent = new Progress(nobody, false, "", 0);
      List<DesignResult> results = new Study(experiment, Set.of(), stage.folder()).run(silent);
      ResultFiles.write(results, stage.folder());
      RunJson.write(
          experiment,
          loaded,
          new RunJson.Timing(1, rateScale, "trace", 0),
          results,
          version(),
          Replay.class.getName(),
          stage.folder().resolve("run.json"));
      stage.publish();
    }
    return folder;
  }

  private static String version() {
    return Objects.requireNonNullElse(
        Replay.class.getPackage().getImplementationVersion(), "development");
  }
}
