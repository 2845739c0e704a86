package kvlab.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import kvlab.capacity.Catalogue;
import kvlab.capacity.KvDtype;
import kvlab.design.Designs;
import kvlab.engine.OverLength;
import kvlab.metrics.Window;
import kvlab.study.DesignResult;
import kvlab.study.DesignRun;
import kvlab.study.Experiment;
import kvlab.study.Hardware;
import kvlab.study.Memory;
import kvlab.workload.ReadOptions;
import kvlab.workload.Trace;
import kvlab.workload.TraceBuilder;
import kvlab.workload.Traces;

/**
 * What the benchmarks run: Llama-2-7B on an A100-80GB. Traces come from {@code ../shared/traces} (or the
 * folder that the system property {@code kvlab.shared} names); where they are not there, made ones of
 * about the same lengths and rate stand in, and say so.
 */
final class Setting {
  private Setting() {}

  /** The first rows of the Azure conversation trace of 2023. */
  static Trace azure(int rows) {
    Path path = shared("traces/azure2023_conv.csv.gz");
    if (Files.isRegularFile(path)) {
      return Traces.load(
              path.toString(), Optional.empty(), ReadOptions.DEFAULT.withLimit(rows))
          .trace();
    }
    System.err.println("no " + path + ": a made trace stands in");
    return made(rows, new SplittableRandom(1));
  }

  /** Mooncake's conversation trace, whose rows say which prompts share what. */
  static Optional<Trace> mooncake() {
    Path path = shared("traces/mooncake_conversation.jsonl.gz");
    return Files.isRegularFile(path)
        ? Optional.of(
            Traces.load(path.toString(), Optional.empty(), ReadOptions.DEFAULT).trace())
        : Optional.empty();
  }

  static Path shared(String name) {
    return Path.of(System.getProperty("kvlab.shared", "../shared")).resolve(name);
  }

  private static Trace made(int rows, SplittableRandom random) {
    TraceBuilder trace = new TraceBuilder("made");
    long arrival = 0;
    for (int i = 0; i < rows; i++) {
      arrival += (long) (-Math.log(1 - random.nextDouble()) * 180e6);
      trace.add(i, arrival, 1 + random.nextInt(2300), 1 + random.nextInt(420));
    }
    return trace.build();
  }

  /** So many requests at once, all of the same lengths. */
  static Trace equal(int requests, int prompt, int output) {
    TraceBuilder trace = new TraceBuilder("equal");
    for (int i = 0; i < requests; i++) {
      trace.add(i, 0, prompt, output);
    }
    return trace.build();
  }

  /** Requests in bursts of so many, a burst every two minutes, of random lengths. */
  static Trace bursts(int requests, int burst) {
    TraceBuilder trace = new TraceBuilder("bursts");
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < requests; i++) {
      long arrival = i / burst * 120_000_000_000L;
      trace.add(i, arrival, 1 + random.nextInt(1000), 1 + random.nextInt(200));
    }
    return trace.build();
  }

  /** One design over a trace, ready to run. */
  static DesignRun run(
      String design, Trace trace, Memory memory, int maxModelTokens, Map<String, String> options) {
    Catalogue catalogue = Catalogue.open();
    Hardware hardware = new Hardware(
        catalogue.model("llama-2-7b"), catalogue.gpu("a100-80g"), KvDtype.named("auto"), 1);
    Experiment experiment = new Experiment(
        trace,
        List.of(Designs.named(design)),
        options,
        hardware,
        memory,
        maxModelTokens,
        OverLength.TRUNCATE,
        "roofline",
        Window.ALL);
    return new DesignRun(experiment, experiment.designs().get(0));
  }

  /** Steps that a result took. */
  static long steps(DesignResult result) {
    return Long.parseLong(result.summary().cells().get("steps"));
  }
}
