package kvlab.step;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The constants of a GPU that the kernel-wise roofline takes beside its nominal rates; {@link Kernels}
 * has the equations. Those named {@code PROFILE} are what {@link ProfileStepTime} takes beside a profile. Shares are of
 * the nominal rate; cards that clock above their nominal boost exceed 1 in arithmetic. A thread block is what
 * one multiprocessor runs.
 */
public enum Constant {
  GEMM_LAUNCH_NS("a matrix product of no size", 100, 100_000),
  GEMM_BANDWIDTH("share of the memory bandwidth that matrix products reach", 1e-4, 1),
  GEMM_COMPUTE("share of the arithmetic peak that matrix products reach", 1e-4, 1.2),
  GEMM_LOOP_NS("a thread block's turn over 64 elements of the inner dimension", 0.1, 10_000),
  GEMM_SPLIT_NS("adding up the parts of a product split along k", 10, 100_000),
  ELEMENT_LAUNCH_NS("a normalisation, rotary embedding or activation of no size", 100, 100_000),
  DECODE_LAUNCH_NS("decode attention of no size, one layer", 100, 100_000),
  DECODE_BANDWIDTH("share of the memory bandwidth that reading keys and values reaches", 1e-4, 1),
  DECODE_KEY_NS("a thread block's turn over one key and value of 128 elements", 0.1, 10_000),
  DECODE_BLOCK_NS("a thread block apart from its keys", 1, 100_000),
  DECODE_COMBINE_NS("adding up the parts of a context that was split", 10, 100_000),
  DECODE_GROUP(
      "what a query head adds to a turn: the turn is the larger of 1 and this times heads",
      1e-4,
      1),
  DECODE_STACK_NS("copying queries and outputs to stack the heads of a group", 1, 100_000),
  DECODE_SPLIT_UNGROUPED(
      "1: contexts are split without grouped queries too, 0: they are not", 0, 1),
  PREFILL_LAUNCH_NS("prefill attention of no size, one layer", 100, 100_000),
  PREFILL_BANDWIDTH("share of the memory bandwidth that prefill attention reaches", 1e-4, 1),
  PREFILL_COMPUTE("share of the arithmetic peak that prefill attention reaches", 1e-4, 1.2),
  PREFILL_BLOCK_NS("a thread block apart from its keys", 1, 100_000),
  MIXED_STACKED(
      "1: beside a prefill decoding goes as alone, 0: a thread block per query head", 0, 1),
  MIXED_IDLE_NS("beside a prefill: a thread block of a decode that has no query", 1, 100_000),
  STEP_NS("a step apart from its layers: scheduling, sampling", 0, 3.6e12),
  SEQUENCE_NS("what a scheduled sequence adds to that", 0, 1e9),
  PROFILE_STEP_NS("with a measured profile: what a step takes beyond its kernels", 0, 3.6e12),
  PROFILE_EAGER_NS("with a measured profile: what a layer adds outside CUDA graphs", 0, 1e9),
  PROFILE_CLOCK(
      "with a measured profile: time of arithmetic under load over that in the profile", 0.5, 2),
  PROFILE_KEY_NS("with a measured profile: a thread block's token of decode attention", 0, 10_000),
  PROFILE_NARROW_NS(
      "with a measured profile: what a layer of at most 64 tokens adds to its products", 0, 1e9),
  PROFILE_COLD_NS("with a measured profile: what the first step adds, loading kernels", 0, 3.6e12);

  private static final String PROFILE = "profile-";

  private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');
  private final String meaning;
  private final double least;
  private final double most;

  Constant(String meaning, double least, double most) {
    this.meaning = meaning;
    this.least = least;
    this.most = most;
  }

  /** The constant of that name, as in {@link #toString}. */
  public static Optional<Constant> named(String name) {
    return Arrays.stream(values()).filter(c -> c.toString().equals(name)).findFirst();
  }

  /** That of {@code profile:} whose name there is this, such as {@code key-ns}. */
  public static Optional<Constant> ofProfile(String name) {
    return named(PROFILE + name);
  }

  /** Whether {@code profile:} takes it, and not {@code roofline}. */
  public boolean isOfProfile() {
    return toString().startsWith(PROFILE);
  }

  /** The name where the model of step times is given: without its prefix. */
  public String nameThere() {
    return isOfProfile() ? toString().substring(PROFILE.length()) : toString();
  }

  public String meaning() {
    return meaning;
  }

  public double least() {
    return least;
  }

  public double most() {
    return most;
  }

  /** As on the command line and in files: {@code gemm-launch-ns}. */
  @Override
  public String toString() {
    return text;
  }
}
