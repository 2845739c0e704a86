package kvlab.cli;

import java.util.Objects;
import java.util.Optional;
import kvlab.study.RunJson;
import kvlab.workload.InputException;
import kvlab.workload.LoadedTrace;
import kvlab.workload.ReadOptions;
import kvlab.workload.TraceFormat;
import kvlab.workload.Traces;
import kvlab.workload.synth.Arrivals;
import kvlab.workload.synth.Reshaped;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which requests there are and when they come. */
final class TraceOptions {
  @Option(
      names = "--format",
      paramLabel = "F",
      description = "Format of the trace (else detected).")
  @Nullable
  String format;

  @Option(names = "--limit", paramLabel = "N", description = "Replay the first N requests only.")
  @Nullable
  Integer limit;

  @Option(
      names = "--rate-scale",
      paramLabel = "X",
      defaultValue = "1",
      description = "Let requests arrive X times as fast (default: 1).")
  double rateScale;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "1",
      description = "Make every request into N that share its prompt (default: 1).")
  int samples;

  @Option(
      names = "--beam-width",
      paramLabel = "N",
      defaultValue = "1",
      description = "Search for every request's output with N beams (default: 1); vllm-paper "
          + "forks and drops them, to other designs they are N requests as with --samples.")
  int beamWidth;

  @Option(
      names = "--arrivals",
      paramLabel = "LAW",
      description = "Give requests new times: " + Arrivals.FORMS + ".")
  @Nullable
  String arrivals;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "0",
      description = "Seed of --arrivals (default: 0).")
  long seed;

  /** Requests to make of each. */
  int sequences() {
    if (samples > 1 && beamWidth > 1) {
      throw new InputException("--samples and --beam-width exclude each other");
    }
    if (beamWidth < 1) {
      throw new InputException("--beam-width must be at least 1: " + beamWidth);
    }
    return beamWidth > 1 ? beamWidth : samples;
  }

  /** Reads the trace, cut as asked for; its arrivals are still those of the file. */
  LoadedTrace<?> load(String path) {
    ReadOptions reading =
        limit == null ? ReadOptions.DEFAULT : ReadOptions.DEFAULT.withLimit(limit);
    return Traces.open(path, Optional.ofNullable(format).map(TraceFormat::named), reading);
  }

  /** What was done to the arrival times of the file. */
  RunJson.Timing timing() {
    return new RunJson.Timing(
        sequences(), rateScale, Objects.requireNonNullElse(arrivals, "trace"), seed);
  }

  /** The requests of a trace at the times that the options give them. */
  Reshaped requests(LoadedTrace<?> loaded) {
    return new Reshaped(
        loaded.trace(),
        Optional.ofNullable(arrivals).map(Arrivals::parse),
        seed,
        rateScale,
        sequences());
  }
}
