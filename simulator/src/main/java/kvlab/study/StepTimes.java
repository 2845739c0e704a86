package kvlab.study;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kvlab.capacity.Gpu;
import kvlab.step.Constants;
import kvlab.step.LinearStepTime;
import kvlab.step.RooflineStepTime;
import kvlab.step.SharesStepTime;
import kvlab.step.StepClock;
import kvlab.workload.InputException;

/**
 * The step-time models by the text that names them:
 *
 * <pre>
 *   linear:BASE_NS,TOKEN_NS,CONTEXT_NS        whole nanoseconds
 *   roofline                                  kernel by kernel, from the catalogue's model and GPU
 *   roofline:gemm-bandwidth=0.9,step-ns=2e6   with some of its constants replaced
 *   roofline:file=PATH                        with those of a file that kvlab calibrate wrote
 *   profile:DIR[,KEY=VALUE,..]                operators measured on the device: {@link OperatorProfile}
 *   shares:overhead-us=12000,weights=0.85,kv=0.60,compute=0.50,attention=0.45
 *                                             the model as a whole, at stated shares of the GPU's peaks
 * </pre>
 */
public final class StepTimes {
  /** An hour for a step and a second for a token: beyond any device, and far from overflow. */
  private static final long MOST_BASE_NANOS = 3_600_000_000_000L;

  private static final long MOST_TOKEN_NANOS = 1_000_000_000L;
  private static final double MOST_OVERHEAD_US = MOST_BASE_NANOS / 1e3;
  private static final double LEAST_SHARE = 1e-3;

  private static final String LINEAR = "linear:";
  private static final String ROOFLINE = "roofline";
  private static final String FILE = "file=";
  private static final String PROFILE = "profile:";
  private static final String SHARES = "shares:";
  private static final List<String> CONSTANTS =
      List.of("overhead-us", "weights", "kv", "compute", "attention");

  private StepTimes() {}

  /** The clock that the text names, on this hardware. */
  public static StepClock parse(String text, Hardware hardware) {
    if (text.startsWith(LINEAR)) {
      return linear(text);
    }
    if (text.equals(ROOFLINE) || text.startsWith(ROOFLINE + ":")) {
      return roofline(text, hardware);
    }
    if (text.startsWith(PROFILE)) {
      return ProfileTimes.parse(text.substring(PROFILE.length()), hardware);
    }
    if (text.startsWith(SHARES)) {
      return shares(text, hardware);
    }
    throw new InputException("step time '" + text
        + "' is none of linear:BASE,TOKEN,CONTEXT, roofline[:KEY=VALUE,..], profile:DIR[,KEY=VALUE,..]"
        + " and shares:KEY=VALUE,..");
  }

  private static StepClock linear(String text) {
    String[] parts = text.substring(LINEAR.length()).split(",", -1);
    try {
      if (parts.length == 3) {
        long base = Long.parseLong(parts[0].strip());
        long token = Long.parseLong(parts[1].strip());
        long context = Long.parseLong(parts[2].strip());
        if (isWithin(base, 1, MOST_BASE_NANOS)
            && isWithin(token, 0, MOST_TOKEN_NANOS)
            && isWithin(context, 0, MOST_TOKEN_NANOS)) {
          return new LinearStepTime(base, token, context);
        }
      }
    } catch (NumberFormatException notNumbers) {
      throw new InputException(linearHelp(text), notNumbers);
    }
    throw new InputException(linearHelp(text));
  }

  private static boolean isWithin(long value, long least, long most) {
    return value >= least && value <= most;
  }

  private static String linearHelp(String text) {
    return "step time '" + text + "' is not linear:BASE_NS,TOKEN_NS,CONTEXT_NS with whole numbers, "
        + "the first from 1 to " + MOST_BASE_NANOS + ", the others from 0 to " + MOST_TOKEN_NANOS;
  }

  private static StepClock roofline(String text, Hardware hardware) {
    Gpu gpu = hardware.gpu();
    Constants constants = Rooflines.named(gpu.roofline());
    if (text.length() > ROOFLINE.length()) {
      for (String part : text.substring(ROOFLINE.length() + 1).split(",", -1)) {
        constants = part.startsWith(FILE)
            ? Rooflines.read(path(part.substring(FILE.length())), constants)
            : Rooflines.set(constants, part, "step time '" + text + "'");
      }
    }
    return new RooflineStepTime(
        Shapes.of(gpu),
        constants,
        Shapes.of(hardware.model(), hardware.kvDtype(), hardware.tensorParallel()),
        Shapes.sums(hardware),
        gpu.hostLinkBytesPerSecond() / 1e9);
  }

  private static Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new InputException("not a file name: " + e.getMessage(), e);
    }
  }

  private static StepClock shares(String text, Hardware hardware) {
    Gpu gpu = hardware.gpu();
    Map<String, Double> constants = new HashMap<>();
    for (String pair : text.substring(SHARES.length()).split(",", -1)) {
      replace(constants, pair, text);
    }
    double nanosPerByte = 1e9 / gpu.bandwidthBytesPerSecond();
    double nanosPerFlop = 1e9 / gpu.flopsBf16() / hardware.tensorParallel();
    double weightBytes =
        (double) hardware.model().streamedWeightBytes() / hardware.tensorParallel();
    return new SharesStepTime(
        stated(constants, "overhead-us", text) * 1e3,
        weightBytes * nanosPerByte / stated(constants, "weights", text),
        hardware.model().flopsPerToken() * nanosPerFlop / stated(constants, "compute", text),
        hardware.kvBytesPerToken() * nanosPerByte / stated(constants, "kv", text),
        hardware.model().attentionFlopsPerPair()
            * nanosPerFlop
            / stated(constants, "attention", text),
        2.0 * hardware.kvBytesPerToken() * nanosPerByte / stated(constants, "kv", text),
        hardware.kvBytesPerToken() * 1e9 / gpu.hostLinkBytesPerSecond());
  }

  private static double stated(Map<String, Double> constants, String name, String text) {
    Double value = constants.get(name);
    if (value == null) {
      throw new InputException("step time '" + text + "' does not state " + name);
    }
    return value;
  }

  private static void replace(Map<String, Double> constants, String pair, String text) {
    int equals = pair.indexOf('=');
    String key = equals < 0 ? pair : pair.substring(0, equals).strip();
    double value = Double.NaN;
    try {
      value = equals < 0
          ? Double.NaN
          : Double.parseDouble(pair.substring(equals + 1).strip());
    } catch (NumberFormatException notANumber) {
      throw new InputException(
          "step time '" + text + "': " + pair + " is not a number", notANumber);
    }
    boolean share = !key.equals("overhead-us");
    double least = share ? LEAST_SHARE : 0;
    double most = share ? 1 : MOST_OVERHEAD_US;
    if (!CONSTANTS.contains(key) || !(value >= least && value <= most)) {
      throw new InputException(
          "step time '" + text + "': '" + pair + "' is none of overhead-us=MICROSECONDS and "
              + "weights|kv|compute|attention=SHARE with at most an hour and a share from 0.001 to 1");
    }
    constants.put(key, value);
  }
}
