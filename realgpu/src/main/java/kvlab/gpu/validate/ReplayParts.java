package kvlab.gpu.validate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import kvlab.capacity.Catalogue;
import kvlab.capacity.KvDtype;
import kvlab.design.Design;
import kvlab.design.Designs;
import kvlab.engine.OverLength;
import kvlab.metrics.Probe;
import kvlab.metrics.StepView;
import kvlab.metrics.Window;
import kvlab.study.Backend;
import kvlab.study.DesignRun;
import kvlab.study.Experiment;
import kvlab.study.Hardware;
import kvlab.study.Memory;
import kvlab.workload.Trace;
import kvlab.workload.TraceBuilder;

/**
 * S1: whole decode steps. E1: replays on the device against replays in the simulator, whose linear step
 * time was fitted to another trace. E2: paged against contiguous. The traces are made here, so that the
 * suite needs no file.
 */
final class ReplayParts {
  private static final String PAGED = "vllm-v1";
  private static final String CONTIGUOUS = "orca-max";
  private static final long CALIBRATION_SEED = 1;
  private static final long HELD_OUT_SEED = 2;
  private static final double[] LOADS = {0.7, 1.0, 1.5
  }; // of the device's rate on the calibration trace

  private ReplayParts() {}

  /** What a replay said, by column of the summary. */
  private static double cell(Map<String, String> summary, String column) {
    String text = summary.getOrDefault(column, "");
    return text.isEmpty() ? Double.NaN : Double.parseDouble(text);
  }

  /** Collects what each step did and took. */
  private static final class Steps implements Probe {
    final Points decodes = new Points("tokens,context");
    final Points all = new Points("tokens,context");
    int peakPages;

    @Override
    public void onStep(StepView step) {
      peakPages = Math.max(peakPages, step.table().heldPages());
      int size = step.batch().size();
      if (size == 0) {
        return;
      }
      double tokens = step.batch().totalTokens();
      double context = step.batch().totalContext();
      double micros = (step.endNanos() - step.startNanos()) / 1e3;
      String label = (long) tokens + "," + (long) context;
      all.add(label, micros, 1, tokens, context);
      if (step.batch().decodes() == size) {
        decodes.add(label, micros, 1, tokens, context);
      }
    }
  }

  private record Outcome(Map<String, String> summary, Steps steps) {}

  private static Outcome replay(Scale scale, String design, Trace trace, String stepTime) {
    Catalogue catalogue = Catalogue.open();
    Hardware hardware =
        new Hardware(catalogue.model(scale.model()), catalogue.gpu("h100"), KvDtype.AUTO, 1);
    Design itsDesign = Designs.named(design);
    Experiment experiment = new Experiment(
        trace,
        List.of(itsDesign),
        Map.of(Design.MAX_SEQUENCES, scale.twin() ? "4" : "64", "prefix-cache", "off"),
        hardware,
        new Memory.Pages(scale.twin() ? 24 : 8192, 16),
        scale.twin() ? 128 : 4096,
        OverLength.TRUNCATE,
        stepTime,
        Window.ALL);
    Steps steps = new Steps();
    return new Outcome(
        new DesignRun(experiment, itsDesign).run(List.of(steps)).summary().cells(), steps);
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

  private static Outcome calibrate(Scale scale) {
    return replay(scale, PAGED, trace(scale, CALIBRATION_SEED, TOGETHER), device(scale));
  }

  /** As {@code --step-time} takes it: base, per token, per token of context, in whole nanoseconds. */
  private static String linear(Fit fit) {
    return String.format(
        Locale.ROOT,
        "linear:%d,%d,%d",
        Math.max(1, Math.round(fit.coefficient(0) * 1e3)),
        Math.round(fit.coefficient(1) * 1e3),
        Math.round(fit.coefficient(2) * 1e3));
  }

  /** S1: steps that only decode, predicted from every other one. */
  static List<Finding> steps(Bench bench, Path out) throws IOException {
    Points decodes = calibrate(bench.scale).steps().decodes;
    Fit fit = decodes.fit();
    decodes.write(out.resolve("s1.csv"), fit);
    Scatter.draw(out.resolve("s1.csv"), "Decode steps, us", out.resolve("s1.svg"));
    double[] errors = decodes.heldOutErrors(fit);
    double middle = errors[errors.length / 2];
    double high = errors[(int) (0.95 * (errors.length - 1))];
    return List.of(
        new Finding("S1", "decode step: median error", "%", 0, middle, middle, 5),
        new Finding("S1", "decode step: p95 error", "%", 0, high, high, 10));
  }

  /** E1 and E2 share their replays. */
  static List<Finding> replays(Bench bench, Path out) throws IOException {
    Scale scale = bench.scale;
    Outcome calibration = calibrate(scale);
    String stepTime = linear(calibration.steps().all.fit());
    Files.writeString(out.resolve("step-time.txt"), stepTime + "\n");
    double rate = cell(calibration.summary(), "requests_per_s");
    List<Finding> findings = new ArrayList<>();
    double[] ratio = new double[2]; // predicted, measured; of the highest load
    for (double load : LOADS) {
      Trace trace = trace(scale, HELD_OUT_SEED, rate * load);
      double[] throughput = new double[4];
      int at = 0;
      for (String design : List.of(PAGED, CONTIGUOUS)) {
        Outcome measured = replay(scale, design, trace, device(scale));
        Outcome predicted = replay(scale, design, trace, stepTime);
        String what = String.format(Locale.ROOT, "%s at load %.1f: ", design, load);
        findings.addAll(compare(what, predicted, measured));
        throughput[at++] = cell(predicted.summary(), "output_tokens_per_s");
        throughput[at++] = cell(measured.summary(), "output_tokens_per_s");
      }
      ratio[0] = throughput[0] / throughput[2];
      ratio[1] = throughput[1] / throughput[3];
    }
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
    findings.add(Finding.within(
        "E1", what + "peak pages", "", predicted.steps().peakPages, measured.steps().peakPages, 0));
    return findings;
  }
}
