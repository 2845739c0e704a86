package kvlab.study;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import kvlab.capacity.Gpu;
import kvlab.step.Constant;
import kvlab.step.Constants;
import kvlab.step.GraphSizes;
import kvlab.step.ProfileStepTime;
import kvlab.step.ProfileStepTime.Operators;
import kvlab.step.SplitPlan;
import kvlab.step.StepClock;
import kvlab.workload.InputException;

/** Reads the text {@code DIR[,KEY=VALUE,..]} of a step time from measured operators. */
final class ProfileTimes {
  private static final String GRAPHS = "graphs";
  private static final String FILE = "file";
  private static final int MOST_GRAPH_TOKENS = 1 << 20;

  private ProfileTimes() {}

  static StepClock parse(String text, Hardware hardware) {
    String[] parts = text.split(",", -1);
    Constants constants = Rooflines.named(hardware.gpu().roofline());
    int graphs = GraphSizes.LARGEST;
    for (int i = 1; i < parts.length; i++) {
      int equals = parts[i].indexOf('=');
      String key = equals < 0 ? parts[i] : parts[i].substring(0, equals).strip();
      String value = parts[i].substring(equals + 1).strip();
      Optional<Constant> constant = Constant.ofProfile(key);
      if (constant.isPresent()) {
        String place = "step time 'profile:" + text + "'";
        constants = Rooflines.set(constants, constant.get() + "=" + value, place);
      } else if (key.equals(FILE)) {
        constants = Rooflines.read(path(value, text), constants);
      } else if (key.equals(GRAPHS)) {
        graphs = graphs(value, text);
      } else {
        throw new InputException(help(text, parts[i]));
      }
    }
    return clock(path(parts[0], text), hardware, new GraphSizes(graphs), constants);
  }

  private static int graphs(String value, String text) {
    try {
      int graphs = Integer.parseInt(value);
      if (graphs >= 0 && graphs <= MOST_GRAPH_TOKENS) {
        return graphs;
      }
    } catch (NumberFormatException notANumber) {
      throw new InputException(help(text, GRAPHS + "=" + value), notANumber);
    }
    throw new InputException(help(text, GRAPHS + "=" + value));
  }

  private static Path path(String name, String text) {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new InputException("step time 'profile:" + text + "': " + name + " is not a path", e);
    }
  }

  private static String help(String text, String part) {
    String names = Arrays.stream(Constant.values())
        .filter(Constant::isOfProfile)
        .map(constant -> constant.nameThere() + "=")
        .collect(Collectors.joining(", "));
    return "step time 'profile:" + text + "': '" + part + "' is none of " + names
        + ", graphs=TOKENS of the largest CUDA graph, 0 for none, and file=PATH of constants";
  }

  private static StepClock clock(
      Path folder, Hardware hardware, GraphSizes graphs, Constants constants) {
    Gpu gpu = hardware.gpu();
    int kvHeads = Shapes.of(hardware.model(), hardware.kvDtype(), hardware.tensorParallel())
        .heads()
        .kv();
    Operators operators = OperatorProfile.read(
        folder,
        hardware.tensorParallel(),
        constants.of(Constant.PROFILE_KEY_NS),
        new SplitPlan(gpu.multiprocessors(), kvHeads));
    double reached = gpu.bandwidthBytesPerSecond() * constants.of(Constant.DECODE_BANDWIDTH);
    return new ProfileStepTime(
        operators,
        new ProfileStepTime.Engine(
            hardware.model().layers(),
            graphs,
            constants.of(Constant.PROFILE_KEY_NS),
            constants.of(Constant.PROFILE_CLOCK),
            Shapes.sums(hardware),
            constants.of(Constant.PROFILE_STEP_NS),
            constants.of(Constant.PROFILE_EAGER_NS),
            constants.of(Constant.PROFILE_NARROW_NS),
            constants.of(Constant.PROFILE_COLD_NS),
            2 * hardware.kvBytesPerToken() * 1e9 / reached,
            hardware.kvBytesPerToken() * 1e9 / gpu.hostLinkBytesPerSecond()));
  }
}
