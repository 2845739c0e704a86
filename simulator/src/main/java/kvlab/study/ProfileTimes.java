package kvlab.study;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import kvlab.capacity.Gpu;
import kvlab.step.AllReduce;
import kvlab.step.CapturedDecode;
import kvlab.step.Constant;
import kvlab.step.Constants;
import kvlab.step.GraphSizes;
import kvlab.step.ProfileStepTime;
import kvlab.step.ProfileStepTime.Operators;
import kvlab.step.StepClock;
import kvlab.workload.InputException;

/** Reads the text {@code DIR[,KEY=VALUE,..]} of a step time from measured operators. */
final class ProfileTimes {
  /**
   * What unequal decode contexts cost, as a share of the time that all at the longest would take beyond
   * their mean. LLMServingSim 2.0's skew profiles of FlashAttention-2 under vLLM 0.19: 0.0543 pooled over
   * Llama-3.1-8B on RTX PRO 6000, median 0.059 over the batches of a saturated RTX 4090 run.
   */
  private static final double DECODE_SKEW = 0.055;

  private static final String SKEW = "skew";
  private static final String GRAPHS = "graphs";
  private static final String FILE = "file";
  private static final int MOST_GRAPH_TOKENS = 1 << 20;
  private static final Set<Constant> HOST = Set.of(Constant.STEP_NS, Constant.SEQUENCE_NS);

  private ProfileTimes() {}

  static StepClock parse(String text, Hardware hardware) {
    String[] parts = text.split(",", -1);
    Map<String, Double> values = new HashMap<>();
    Constants host = Constants.least();
    for (int i = 1; i < parts.length; i++) {
      int equals = parts[i].indexOf('=');
      String key = equals < 0 ? parts[i] : parts[i].substring(0, equals).strip();
      String value = parts[i].substring(equals + 1).strip();
      Optional<Constant> constant = Constant.named(key).filter(HOST::contains);
      if (key.equals(FILE)) {
        host = Rooflines.read(path(value, text), host);
      } else if (constant.isPresent()) {
        host = Rooflines.set(host, parts[i], "step time 'profile:" + text + "'");
      } else {
        values.put(key, number(key, value, text));
      }
    }
    return clock(
        path(parts[0], text),
        hardware,
        new GraphSizes(values.getOrDefault(GRAPHS, (double) GraphSizes.LARGEST).intValue()),
        values.getOrDefault(SKEW, DECODE_SKEW),
        host);
  }

  private static double number(String key, String value, String text) {
    double most = key.equals(SKEW) ? 1 : key.equals(GRAPHS) ? MOST_GRAPH_TOKENS : -1;
    try {
      double number = Double.parseDouble(value);
      if (number >= 0 && number <= most && (key.equals(SKEW) || number == Math.rint(number))) {
        return number;
      }
    } catch (NumberFormatException notANumber) {
      throw new InputException(help(text, key + "=" + value), notANumber);
    }
    throw new InputException(help(text, key + "=" + value));
  }

  private static Path path(String name, String text) {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new InputException("step time 'profile:" + text + "': " + name + " is not a path", e);
    }
  }

  private static String help(String text, String part) {
    return "step time 'profile:" + text + "': '" + part + "' is none of skew=SHARE from 0 to 1,"
        + " graphs=TOKENS of the largest CUDA graph, 0 for none, step-ns=NANOS, sequence-ns=NANOS"
        + " and file=PATH";
  }

  private static StepClock clock(
      Path folder, Hardware hardware, GraphSizes graphs, double skew, Constants host) {
    Gpu gpu = hardware.gpu();
    int kvHeads = Shapes.of(hardware.model(), hardware.kvDtype(), hardware.tensorParallel())
        .heads()
        .kv();
    Operators operators = OperatorProfile.read(
        folder,
        hardware.tensorParallel(),
        CapturedDecode.Limits.of(gpu.multiprocessors(), kvHeads));
    AllReduce allReduce = AllReduce.of(
        hardware.tensorParallel(),
        hardware.model().layers(),
        hardware.model().hidden(),
        gpu.linkBytesPerSecond(),
        (double) gpu.linkLatencyNanos());
    double reached = gpu.bandwidthBytesPerSecond()
        * Rooflines.named(gpu.roofline()).of(Constant.DECODE_BANDWIDTH);
    return new ProfileStepTime(
        operators,
        new ProfileStepTime.Engine(
            hardware.model().layers(),
            graphs,
            skew,
            allReduce,
            host.of(Constant.STEP_NS),
            host.of(Constant.SEQUENCE_NS),
            2 * hardware.kvBytesPerToken() * 1e9 / reached,
            hardware.kvBytesPerToken() * 1e9 / gpu.hostLinkBytesPerSecond()));
  }
}
