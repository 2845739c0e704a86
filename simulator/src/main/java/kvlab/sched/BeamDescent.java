package kvlab.sched;

import java.util.Arrays;
import java.util.Locale;

/**
 * Who descends from whom in beam search. A trace tells how long outputs are and not which hypotheses
 * survived, so a stated law does: after each step every one of the k hypotheses that go on extends one of
 * the k before it, its parent, drawn independently of the others.
 *
 * <pre>
 *   zipf      parents by score: hypothesis of rank i with a weight of 1 / (E1 + ... + Ei), the E being
 *             exponential and new in each step
 *   uniform   each of the k is as likely a parent as any other
 *   one       all descend from one: as much sharing as there can be
 *   own       each goes on alone: parallel sampling, as little sharing as there can be
 * </pre>
 *
 * <p>{@link Law#ZIPF} is beam search itself under one assumption, with nothing to fit: that the
 * probabilities of a hypothesis's next tokens fall by Zipf's law, 1 / rank^s for any s. The scores of its
 * extensions are then a Poisson process of exponential density; the k best of all extensions have the
 * scores that the weights stand for, and parents independent of their rank (Brunet, Derrida, Mueller,
 * Munier, "Effect of selection on ancestry", Physical Review E 76, 041104, 2007, the exponential model).
 * {@link Law#UNIFORM} is the same with scores that do not matter (the Wright-Fisher model).
 *
 * <p>A parent that survives goes on in its own place with its best child; the other children take the places
 * of those that died, the worst child the first of them ({@code model/sample.py} of the SOSP 2023
 * artifact, {@code _sample_from_generation_tokens}). Draws are a hash of seed, request and position, so
 * that a request meets the same fate in every run.
 */
public final class BeamDescent {
  /** A law of descent. */
  public enum Law {
    ZIPF,
    UNIFORM,
    ONE,
    OWN;

    /** The law of that name in lower case. */
    public static Law named(String name) {
      return valueOf(name.toUpperCase(Locale.ROOT));
    }
  }

  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
  private static final double UNIT = 0x1.0p-53;

  private final Law law;
  private final double calmSteps;
  private final long seed;
  private final int[] parents; // [beam]
  private final int[] children; // [rank] beyond a parent's first: that parent
  private final double[] weights; // [beam] summed up
  private final int[] ranked; // [rank] beam
  private long state; // of the generator, within one step of one request

  private BeamDescent(int width, Law law, double calmSteps, long seed) {
    this.law = law;
    this.calmSteps = calmSteps;
    this.seed = seed;
    this.parents = new int[width];
    this.children = new int[width];
    this.weights = new double[width];
    this.ranked = new int[width];
  }

  /**
   * Hypotheses of beam search under a law.
   *
   * @param calmSteps share of the steps in which every hypothesis goes on alone, whatever the law
   */
  public static BeamDescent beams(int width, Law law, double calmSteps, long seed) {
    return new BeamDescent(width, law, calmSteps, seed);
  }

  /** Samples, which do not meet again after the prompt. */
  public static BeamDescent samples(int samples) {
    return new BeamDescent(samples, Law.OWN, 0, 0);
  }

  /** Hypotheses, or samples, of a request. */
  public int width() {
    return parents.length;
  }

  /** Whether each sequence goes on by itself, for ever. */
  boolean isNone() {
    return law == Law.OWN;
  }

  /**
   * The parents after a step; valid until the next call. A beam whose parent is not itself died.
   *
   * @param id of the request
   * @param position tokens that its sequences had, so that each step draws anew
   */
  public int[] parents(long id, int position) {
    state = mix(mix(seed + GOLDEN_GAMMA * (id + 1)) + GOLDEN_GAMMA * position);
    boolean calm = uniform() < calmSteps;
    if (law == Law.ZIPF) {
      drawWeights();
    }
    Arrays.fill(parents, -1);
    int outstanding = 0;
    for (int rank = 0; rank < parents.length; rank++) {
      int parent = calm ? rank : draw(rank);
      if (parents[parent] < 0) {
        parents[parent] = parent;
      } else {
        children[outstanding++] = parent;
      }
    }
    for (int beam = 0; beam < parents.length; beam++) {
      if (parents[beam] < 0) {
        parents[beam] = children[--outstanding];
      }
    }
    return parents;
  }

  private int draw(int rank) {
    return switch (law) {
      case OWN -> rank;
      case ONE -> 0;
      case UNIFORM -> below(parents.length);
      case ZIPF -> byWeight();
    };
  }

  /** Ranks say nothing of places, so the weights of the ranks go to the beams in a random order. */
  private void drawWeights() {
    for (int i = 0; i < ranked.length; i++) {
      int at = below(i + 1);
      ranked[i] = ranked[at];
      ranked[at] = i;
    }
    double gap = 0;
    for (int beam : ranked) {
      gap -= StrictMath.log(1 - uniform());
      weights[beam] = 1 / gap;
    }
    for (int beam = 1; beam < weights.length; beam++) {
      weights[beam] += weights[beam - 1];
    }
  }

  private int byWeight() {
    double at = uniform() * weights[weights.length - 1];
    int beam = 0;
    while (beam < weights.length - 1 && weights[beam] <= at) {
      beam++;
    }
    return beam;
  }

  private int below(int bound) {
    return (int) (uniform() * bound);
  }

  /** From 0 up to, not including, 1 (SplitMix64; Steele, Lea, Flood, OOPSLA 2014). */
  private double uniform() {
    state += GOLDEN_GAMMA;
    return (mix(state) >>> 11) * UNIT;
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
