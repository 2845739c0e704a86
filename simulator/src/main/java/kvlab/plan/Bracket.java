package kvlab.plan;

import java.util.Optional;
import java.util.function.DoubleFunction;
import java.util.function.IntFunction;

/**
 * What a search ended with: the trial that held and the one beside it that did not. Whether a replay
 * holds need not follow load in every case: between and beyond the two nothing is claimed.
 *
 * @param held the best trial that held; none when not even the easiest did
 * @param failed the trial next to it that did not; none when all held
 */
public record Bracket(Optional<Trial> held, Optional<Trial> failed) {
  private static final double HIGHEST_RATE = 1 << 20; // times the rate that the search begins at

  /**
   * The largest rate that holds: from 1 by doubling or halving to one that holds and one that does not, then by
   * halving their ratio.
   *
   * @param idle a trial at a rate so low that requests hardly meet
   * @param tolerance the ratio of the two rates at the end is at most 1 + this
   */
  static Bracket highestRate(
      Trial idle, double idleRate, double tolerance, DoubleFunction<Trial> at) {
    if (!idle.held()) {
      return new Bracket(Optional.empty(), Optional.of(idle));
    }
    double heldRate = idleRate;
    double failedRate = HIGHEST_RATE;
    Trial held = idle;
    Optional<Trial> failed = Optional.empty();
    double rate = 1;
    while (rate > heldRate && rate < failedRate && failedRate / heldRate > 1 + tolerance) {
      Trial trial = at.apply(rate);
      if (trial.held()) {
        held = trial;
        heldRate = rate;
      } else {
        failed = Optional.of(trial);
        failedRate = rate;
      }
      rate = rounded(
          failed.isEmpty()
              ? 2 * heldRate
              : heldRate == idleRate ? failedRate / 2 : Math.sqrt(heldRate * failedRate));
    }
    return new Bracket(Optional.of(held), failed);
  }

  /** Six significant digits, so that a rate can be typed again. */
  private static double rounded(double rate) {
    return new java.math.BigDecimal(rate).round(new java.math.MathContext(6)).doubleValue();
  }

  /**
   * The fewest servers that hold, found from a guess by steps that double, then by halving.
   *
   * @param one the trial of one server, which does not hold
   * @param most servers to try
   */
  static Bracket fewestServers(Trial one, int guess, int most, IntFunction<Trial> of) {
    int failedServers = 1;
    int heldServers = Integer.MAX_VALUE;
    Trial failed = one;
    Optional<Trial> held = Optional.empty();
    int step = 1;
    int servers = Math.max(2, Math.min(most, guess));
    boolean bracketed = false;
    while (heldServers - failedServers > 1 && servers <= most) {
      Trial trial = of.apply(servers);
      bracketed |= trial.held() ? failedServers > 1 : held.isPresent();
      if (trial.held()) {
        held = Optional.of(trial);
        heldServers = servers;
      } else {
        failed = trial;
        failedServers = servers;
      }
      if (bracketed) {
        servers = failedServers + (heldServers - failedServers) / 2;
      } else if (held.isPresent()) {
        servers = Math.max(failedServers + 1, heldServers - step);
      } else {
        servers = failedServers == most ? most + 1 : Math.min(most, failedServers + step);
      }
      step *= 2;
    }
    return new Bracket(held, Optional.of(failed));
  }
}
