package kvlab.study;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kvlab.capacity.Gpu;
import kvlab.step.LinearStepTime;
import kvlab.step.RooflineStepTime;
import kvlab.step.StepClock;
import kvlab.workload.InputException;

/**
 * The step-time models by the text that names them:
 *
 * <pre>
 *   linear:BASE_NS,TOKEN_NS,CONTEXT_NS        whole nanoseconds
 *   roofline                                  from the catalogue entries of model and GPU
 *   roofline:overhead-us=12000,weights=0.85,kv=0.60,compute=0.50,attention=0.45
 *                                             with some of its constants replaced
 * </pre>
 */
public final class StepTimes {
  /** Share of the arithmetic peak that prefill attention reaches: 0.4 to 0.5 on current kernels. */
  static final double ATTENTION_EFFICIENCY = 0.45;

  private static final String LINEAR = "linear:";
  private static final String ROOFLINE = "roofline";
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
    throw new InputException("step time '" + text
        + "' is neither linear:BASE,TOKEN,CONTEXT nor roofline[:KEY=VALUE,..]");
  }

  private static StepClock linear(String text) {
    String[] parts = text.substring(LINEAR.length()).split(",", -1);
    try {
      if (parts.length == 3) {
        return new LinearStepTime(
            Long.parseLong(parts[0].strip()),
            Long.parseLong(parts[1].strip()),
            Long.parseLong(parts[2].strip()));
      }
    } catch (IllegalArgumentException notNumbers) {
      throw new InputException("step time '" + text + "': " + notNumbers.getMessage(), notNumbers);
    }
    throw new InputException(
        "step time '" + text + "' needs three whole numbers: linear:BASE_NS,TOKEN_NS,CONTEXT_NS");
  }

  private static StepClock roofline(String text, Hardware hardware) {
    Gpu gpu = hardware.gpu();
    Map<String, Double> constants = new HashMap<>();
    constants.put("overhead-us", gpu.stepOverheadNanos() / 1e3);
    constants.put("weights", gpu.bandwidthEfficiency());
    constants.put("kv", gpu.kvBandwidthEfficiency());
    constants.put("compute", gpu.computeEfficiency());
    constants.put("attention", ATTENTION_EFFICIENCY);
    if (text.length() > ROOFLINE.length() + 1) {
      for (String pair : text.substring(ROOFLINE.length() + 1).split(",", -1)) {
        replace(constants, pair, text);
      }
    }
    double nanosPerByte = 1e9 / gpu.bandwidthBytesPerSecond();
    double nanosPerFlop = 1e9 / gpu.flopsBf16() / hardware.tensorParallel();
    double weightBytes =
        (double) hardware.model().streamedWeightBytes() / hardware.tensorParallel();
    return new RooflineStepTime(
        constants.get("overhead-us") * 1e3,
        weightBytes * nanosPerByte / constants.get("weights"),
        hardware.model().flopsPerToken() * nanosPerFlop / constants.get("compute"),
        hardware.kvBytesPerToken() * nanosPerByte / constants.get("kv"),
        hardware.model().attentionFlopsPerPair() * nanosPerFlop / constants.get("attention"));
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
    if (!CONSTANTS.contains(key) || !(value >= 0) || (share && (value == 0 || value > 1))) {
      throw new InputException(
          "step time '" + text + "': '" + pair + "' is none of overhead-us=MICROSECONDS and "
              + "weights|kv|compute|attention=SHARE with a share above 0 and at most 1");
    }
    constants.put(key, value);
  }
}
