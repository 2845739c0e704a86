package kvlab.gpu.validate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import kvlab.capacity.Catalogue;
import kvlab.capacity.KvDtype;
import kvlab.design.Design;
import kvlab.design.Designs;
import kvlab.engine.OverLength;
import kvlab.gpu.run.GpuBackend;
import kvlab.gpu.run.KernelTimes;
import kvlab.gpu.run.LlamaShape;
import kvlab.metrics.Probe;
import kvlab.metrics.StepView;
import kvlab.metrics.Window;
import kvlab.step.Batch;
import kvlab.step.StepClock;
import kvlab.study.Backend;
import kvlab.study.DesignRun;
import kvlab.study.Experiment;
import kvlab.study.Hardware;
import kvlab.study.Memory;
import kvlab.workload.Trace;
import kvlab.workload.TraceBuilder;

/**
 * S1: whole decode steps. E1: replays on the device against replays in the simulator, whose step times are
 * those of the profile's kernels. E2: paged against contiguous. The traces are made here, so that the suite
 * needs no file.
 */
final class ReplayParts {
  static final String PAGED = "vllm-v1";
  private static final String CONTIGUOUS = "orca-max";
  private static final int PAGES = 2560; // too few for all sequences of the highest load
  private static final long CALIBRATION_SEED = 1;
  private static final long HELD_OUT_SEED = 2;
  static final double[] LOADS = {0.7, 1.0, 1.5}; // of the rate of the calibration trace

  private ReplayParts() {}

  /** What a replay said, by column of the summary. */
  static double cell(Map<String, String> summary, String column) {
    String text = summary.getOrDefault(column, "");
    return text.isEmpty() ? Double.NaN : Double.parseDouble(text);
  }

  /** Collects what each step did and took, and what a model says of it. */
  static final class Steps implements Probe {
    private final StepClock model;
    final Points decodes = new Points("sequences,context"); // steps that only decode
    final StringBuilder lines = new StringBuilder("sequences,decodes,decode_context,longest_decode,"
        + "tokens,context,pairs,predicted_us,measured_us\n");
    final List<String> decisions = new ArrayList<>(); // what was run, what was held
    final List<Long> nanos = new ArrayList<>();
    int peakPages;

    Steps(StepClock model) {
      this.model = model;
    }

    @Override
    public void onStep(StepView step) {
      peakPages = Math.max(peakPages, step.table().heldPages());
      Batch batch = step.batch();
      long took = step.endNanos() - step.startNanos();
      if (took > 0) {
        nanos.add(took); // of the others, which found nothing to do, no clock was asked
      }
      decisions.add(decision(step));
      if (batch.size() == 0) {
        return;
      }
      double measured = took / 1e3;
      double predicted = model.nanos(batch, step.table()) / 1e3;
      lines.append(String.format(
          Locale.ROOT,
          "%d,%d,%d,%d,%d,%d,%d,%.1f,%.1f\n",
          batch.size(),
          batch.decodes(),
          batch.decodeContext(),
          batch.longestDecode(),
          batch.totalTokens(),
          batch.totalContext(),
          batch.totalPairs(),
          predicted,
          measured));
      if (batch.decodes() == batch.size()) {
        decodes.add(batch.size() + "," + batch.decodeContext(), measured, predicted);
      }
    }
  }

  /** Requests and tokens of the batch, pages held, and the time at which it started. */
  private static String decision(StepView step) {
    Batch batch = step.batch();
    StringBuilder text = new StringBuilder();
    text.append(step.startNanos()).append(' ').append(step.table().heldPages());
    for (int i = 0; i < batch.size(); i++) {
      text.append(' ').append(batch.request(i)).append(':').append(batch.tokens(i));
    }
    return text.toString();
  }

  record Outcome(Map<String, String> summary, Steps steps) {}

  private static Hardware hardware(Scale scale) {
    Catalogue catalogue = Catalogue.open();
    // the profile has all that depends on the GPU; only its link to the host is the catalogue's
    return new Hardware(catalogue.model(scale.model()), catalogue.gpu("h100"), KvDtype.AUTO, 1);
  }

  /** A replay on the device, each step of it also timed by the model. */
  private static Outcome measured(Scale scale, String design, Trace trace, StepClock model) {
    Steps steps = new Steps(model);
    return new Outcome(
        run(scale, design, trace, device(scale)).run(List.of(steps)).summary().cells(), steps);
  }

  /** The same replay by the model alone. */
  static Outcome predicted(Scale scale, String design, Trace trace, StepClock model) {
    Steps steps = new Steps(model);
    return new Outcome(
        run(scale, design, trace, "linear:1,1,1") // is there to be replaced
            .runUnder((given, requests) -> model, List.of(steps))
            .summary()
            .cells(),
        steps);
  }

  /** The same replay again, each step in the time that it took on the device. */
  private static Outcome retold(Scale scale, String design, Trace trace, Outcome measured) {
    Iterator<Long> took = measured.steps().nanos.iterator();
    Steps steps = new Steps((batch, table) -> 1);
    return new Outcome(
        run(scale, design, trace, "linear:1,1,1")
            .runUnder(
                (given, requests) -> (batch, table) -> took.hasNext() ? took.next() : 1,
                List.of(steps))
            .summary()
            .cells(),
        steps);
  }

  private static DesignRun run(Scale scale, String design, Trace trace, String stepTime) {
    Design itsDesign = Designs.named(design);
    Experiment experiment = new Experiment(
        trace,
        List.of(itsDesign),
        Map.of(Design.MAX_SEQUENCES, Integer.toString(sequences(scale)), "prefix-cache", "off"),
        hardware(scale),
        new Memory.Pages(scale.twin() ? 24 : PAGES, 16),
        scale.twin() ? 128 : 4096,
        OverLength.TRUNCATE,
        stepTime,
        Window.ALL);
    return new DesignRun(experiment, itsDesign);
  }

  private static Trace trace(Scale scale, long seed, double requestsPerSecond) {
    SplittableRandom random = new SplittableRandom(seed);
    TraceBuilder builder = new TraceBuilder("made for the suite, seed " + seed);
    double nanos = 0;
    int longest = scale.twin() ? 40 : 2000;
    for (int i = 0; i < scale.requests(); i++) {
      builder.add(i, (long) nanos, 1 + random.nextInt(longest), 2 + random.nextInt(longest / 4));
      nanos += -StrictMath.log(1 - random.nextDouble()) / requestsPerSecond * 1e9;
    }
    return builder.build();
  }

  private static String device(Scale scale) {
    return Backend.PREFIX + (scale.twin() ? "cpu-twin" : "gpu");
  }

  private static final double TOGETHER = 1e6; // requests per second: as good as all at once

  private static int sequences(Scale scale) {
    return scale.twin() ? 4 : 64;
  }

  static StepClock kernels(Scale scale, Path out) {
    LlamaShape shape = scale.shape();
    return new KernelTimes(
        ProfilePart.folder(out),
        shape.layers(),
        shape.heads().queryHeads(),
        sequences(scale),
        GpuBackend.passTokens(scale.twin()));
  }

  /**
   * S1: steps that only decode, predicted by the kernels of the profile. What a step takes beyond its kernels
   * is the median over every other one, and joins the profile; the rest are held out.
   */
  static List<Finding> steps(Bench bench, Path out) throws IOException {
    Scale scale = bench.scale;
    ProfilePart.setStepMicros(out, 0);
    Trace trace = trace(scale, CALIBRATION_SEED, TOGETHER);
    Steps steps = measured(scale, PAGED, trace, kernels(scale, out)).steps();
    Files.writeString(out.resolve("s1-steps.csv"), steps.lines);
    double beyond = Math.max(0, steps.decodes.medianBeyond());
    ProfilePart.setStepMicros(out, beyond);
    Files.writeString(
        out.resolve("step-time.txt"),
        String.format(
            Locale.ROOT,
            "profile:%s,graphs=0,key-ns=0,eager-ns=0,narrow-ns=0,step-ns=%d\n",
            ProfilePart.folder(out),
            Math.round(beyond * 1e3)));
    Model model = kernels -> kernels[0] + beyond;
    steps.decodes.write(out.resolve("s1.csv"), model);
    double[] errors = steps.decodes.heldOutErrors(model);
    double middle = errors[errors.length / 2];
    double high = errors[(int) (0.95 * (errors.length - 1))];
    return List.of(
        Finding.reported("S1", "decode step beyond its kernels", "us", beyond),
        new Finding("S1", "decode step: median error", "%", 0, middle, middle, 5),
        new Finding("S1", "decode step: p95 error", "%", 0, high, high, 10));
  }

  /** Requests per second that finish when all are there at once. */
  static double fullRate(Scale scale, Path out) {
    Trace together = trace(scale, CALIBRATION_SEED, TOGETHER);
    return cell(predicted(scale, PAGED, together, kernels(scale, out)).summary(), "requests_per_s");
  }

  /** The trace of the replays that are judged, at that rate. */
  static Trace heldOut(Scale scale, double requestsPerSecond) {
    return trace(scale, HELD_OUT_SEED, requestsPerSecond);
  }

  /** E1 and E2 share their replays. */
  static List<Finding> replays(Bench bench, Path out) throws IOException {
    Scale scale = bench.scale;
    double rate = fullRate(scale, out);
    List<Finding> findings = new ArrayList<>();
    double[] ratio = new double[2]; // predicted, measured; of the highest load
    for (double load : LOADS) {
      Trace trace = heldOut(scale, rate * load);
      double[] throughput = new double[4];
      int at = 0;
      for (String design : List.of(PAGED, CONTIGUOUS)) {
        Outcome measured = measured(scale, design, trace, kernels(scale, out));
        Outcome predicted = predicted(scale, design, trace, kernels(scale, out));
        String file = String.format(Locale.ROOT, "e1-steps-%s-%.1f.csv", design, load);
        Files.writeString(out.resolve(file), measured.steps().lines);
        String what = String.format(Locale.ROOT, "%s at load %.1f: ", design, load);
        findings.addAll(compare(what, predicted, measured));
        findings.addAll(decisions(what, retold(scale, design, trace, measured), measured));
        Files.writeString(
            out.resolve("e1-findings-so-far.csv"),
            findings.stream().map(Finding::line).collect(Collectors.joining("\n", "", "\n")));
        throughput[at++] = cell(predicted.summary(), "output_tokens_per_s");
        throughput[at++] = cell(measured.summary(), "output_tokens_per_s");
      }
      ratio[0] = throughput[0] / throughput[2];
      ratio[1] = throughput[1] / throughput[3];
    }
    Files.delete(out.resolve("e1-findings-so-far.csv"));
    findings.add(Finding.within(
        "E2", "paged / contiguous throughput at the highest load", "", ratio[0], ratio[1], 3));
    return findings;
  }

  private static List<Finding> compare(String what, Outcome predicted, Outcome measured) {
    List<Finding> findings = new ArrayList<>();
    String[] columns = {
      "output_tokens_per_s", "tpot_mean_ms", "tpot_p99_ms", "ttft_mean_ms", "ttft_p99_ms"
    };
    double[] thresholds = {3, 5, 9, 10, 15};
    for (int i = 0; i < columns.length; i++) {
      findings.add(Finding.within(
          "E1",
          what + columns[i],
          "",
          cell(predicted.summary(), columns[i]),
          cell(measured.summary(), columns[i]),
          thresholds[i]));
    }
    double preempted = cell(measured.summary(), "preemptions");
    findings.add(new Finding(
        "E1",
        what + "preemptions",
        "",
        cell(predicted.summary(), "preemptions"),
        preempted,
        cell(predicted.summary(), "preemptions") - preempted,
        Math.ceil(0.02 * preempted)));
    double predictedPeak = predicted.steps().peakPages;
    findings.add(
        Finding.within("E1", what + "peak pages", "", predictedPeak, measured.steps().peakPages, 0)
            .unjudged()); // arrivals race steps: see decisions()
    return findings;
  }

  /**
   * Memory apart from time. A step that is predicted half a percent off meets an arrival one step earlier or
   * later, and peaks differ by a page or two. So the simulator is given the times that the device took; then
   * every batch, start, page held and preemption has to be the device's.
   */
  private static List<Finding> decisions(String what, Outcome retold, Outcome measured) {
    String under = what + "by the device's step times: ";
    List<String> told = retold.steps().decisions;
    List<String> taken = measured.steps().decisions;
    int differ = Math.abs(told.size() - taken.size());
    for (int i = 0; i < Math.min(told.size(), taken.size()); i++) {
      differ += told.get(i).equals(taken.get(i)) ? 0 : 1;
    }
    return List.of(
        Finding.counted(
            "E1",
            under + "peak pages",
            "",
            retold.steps().peakPages,
            measured.steps().peakPages,
            0),
        new Finding(
            "E1", under + "steps that differ (of " + taken.size() + ")", "", 0, differ, differ, 0));
  }
}
