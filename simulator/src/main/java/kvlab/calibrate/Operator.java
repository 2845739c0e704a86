package kvlab.calibrate;

import java.util.List;
import java.util.Optional;
import kvlab.step.Constant;
import kvlab.step.Heads;
import kvlab.step.Kernels;

/** The kinds of kernel that tables of measurements hold, and what each is timed by. */
public enum Operator {
  /** A product of activations, m x k, with weights, k x n. */
  GEMM(
      List.of("m", "n", "k", "weight_bytes"),
      8,
      Constant.GEMM_LAUNCH_NS,
      Constant.GEMM_BANDWIDTH,
      Constant.GEMM_COMPUTE,
      Constant.GEMM_LOOP_NS,
      Constant.GEMM_SPLIT_NS) {
    @Override
    double nanos(Kernels kernels, double[] x) {
      return kernels.gemm(x[0], x[1], x[2], x[3]);
    }
  },
  /** A kernel that reads and writes its operands once: normalisation, rotary embedding, activation. */
  ELEMENTWISE(List.of("bytes", "element_bytes"), 8, Constant.ELEMENT_LAUNCH_NS) {
    @Override
    double nanos(Kernels kernels, double[] x) {
      return kernels.elementwise(x[0]);
    }
  },
  /** Attention of sequences that compute one token each. */
  DECODE(
      List.of("sequences", "context", "heads", "kv_heads", "head_dim", "kv_bytes"),
      8,
      Constant.DECODE_LAUNCH_NS,
      Constant.DECODE_BANDWIDTH,
      Constant.DECODE_KEY_NS,
      Constant.DECODE_BLOCK_NS,
      Constant.DECODE_COMBINE_NS,
      Constant.DECODE_GROUP,
      Constant.DECODE_STACK_NS) {
    @Override
    double nanos(Kernels kernels, double[] x) {
      return kernels.decode(x[0], x[0] * x[1], heads(x, 2));
    }
  },
  /** Causal attention of sequences that each compute as many tokens after a context of the same length. */
  PREFILL(
      List.of("sequences", "tokens", "past", "heads", "kv_heads", "head_dim", "kv_bytes"),
      10,
      Constant.PREFILL_LAUNCH_NS,
      Constant.PREFILL_BANDWIDTH,
      Constant.PREFILL_COMPUTE,
      Constant.PREFILL_BLOCK_NS) {
    @Override
    double nanos(Kernels kernels, double[] x) {
      double tokens = x[0] * x[1];
      double pairs = tokens * x[2] + x[0] * x[1] * (x[1] + 1) / 2;
      return kernels.prefill(x[0], tokens, tokens + x[0] * x[2], pairs, heads(x, 3));
    }
  },
  /** One part of a prompt beside sequences that decode, in one kernel. */
  MIXED(
      List.of(
          "tokens", "past", "sequences", "context", "heads", "kv_heads", "head_dim", "kv_bytes"),
      10,
      Constant.MIXED_IDLE_NS) {
    @Override
    double nanos(Kernels kernels, double[] x) {
      double pairs = x[0] * x[1] + x[0] * (x[0] + 1) / 2;
      return kernels.mixed(1, x[0], x[0] + x[1], pairs, x[2], x[2] * x[3], heads(x, 4));
    }
  };

  private final List<String> coordinates;
  private final double target;
  private final List<Constant> constants;

  Operator(List<String> coordinates, double target, Constant... constants) {
    this.coordinates = coordinates;
    this.target = target;
    this.constants = List.of(constants);
  }

  private static Heads heads(double[] x, int at) {
    double tokenBytes = 2 * x[at + 1] * x[at + 2] * x[at + 3];
    return new Heads((int) x[at], (int) x[at + 1], (int) x[at + 2], tokenBytes);
  }

  /** What the roofline says a point takes. */
  abstract double nanos(Kernels kernels, double[] x);

  /** Names of a point's coordinates. */
  public List<String> coordinates() {
    return coordinates;
  }

  /** The mean error in percent that is asked of a prediction from half of a table. */
  public double target() {
    return target;
  }

  /** The constants that its times depend on, those that are fitted as numbers. */
  List<Constant> constants() {
    return constants;
  }

  /** A constant that is 0 or 1 and is fitted with them. */
  Optional<Constant> either() {
    return switch (this) {
      case DECODE -> Optional.of(Constant.DECODE_SPLIT_UNGROUPED);
      case MIXED -> Optional.of(Constant.MIXED_STACKED);
      default -> Optional.empty();
    };
  }

  /** As in tables: lower case. */
  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
