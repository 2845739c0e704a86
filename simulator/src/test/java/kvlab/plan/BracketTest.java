package kvlab.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Searches of servers that hold up to a known limit. */
class BracketTest {
  private static final Slo SLO = Slo.parse("ttft_p99=1s");

  private int trials;

  private Trial trial(int servers, double rate, boolean holds) {
    trials++;
    List<Slo.Check> checks = List.of(new Slo.Check(SLO.criteria().get(0), holds ? 0.5e3 : 2e3));
    return new Trial("d", servers, rate, rate, checks, new Load(SLO, 1, 0), Map.of());
  }

  @Test
  void bracketsAnyRate() {
    long seed = 20261126;
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 500; i++) {
      double limit = Math.pow(2, random.nextDouble(-9.9, 19));
      double tolerance = Math.pow(10, random.nextDouble(-4, -0.5));
      trials = 0;
      Trial idle = trial(1, 1.0 / 1024, true);
      Bracket found =
          Bracket.highestRate(idle, 1.0 / 1024, tolerance, rate -> trial(1, rate, rate <= limit));
      double held = found.held().orElseThrow().rateScale();
      double failed = found.failed().orElseThrow().rateScale();
      String what = "seed " + seed + " run " + i + ": " + held + " " + limit + " " + failed;
      assertTrue(held <= limit && limit < failed, what);
      boolean barelyIdle = held == idle.rateScale(); // not halved any further
      assertTrue(failed <= held * (barelyIdle ? 2.1 : 1 + tolerance + 1e-5), what);
      assertTrue(trials <= 40, what + " after " + trials);
    }
  }

  @Test
  void endsWhereEveryRateHoldsAndWhereNoneDoes() {
    Bracket all = Bracket.highestRate(
        trial(1, 1.0 / 1024, true), 1.0 / 1024, 0.01, rate -> trial(1, rate, true));
    assertTrue(all.held().isPresent() && all.failed().isEmpty());
    Bracket none = Bracket.highestRate(
        trial(1, 1.0 / 1024, false), 1.0 / 1024, 0.01, rate -> trial(1, rate, true));
    assertTrue(none.held().isEmpty() && none.failed().isPresent());
  }

  @Test
  void findsTheFewestServersFromAnyGuess() {
    for (int needed = 2; needed <= 40; needed++) {
      for (int guess = 1; guess <= 45; guess++) {
        int least = needed;
        trials = 0;
        Bracket found = Bracket.fewestServers(
            trial(1, 1, false), guess, 40, servers -> trial(servers, 1, servers >= least));
        String what = "needed " + needed + " guess " + guess;
        assertEquals(needed, found.held().orElseThrow().servers(), what);
        assertEquals(needed - 1, found.failed().orElseThrow().servers(), what);
        assertTrue(trials <= 14, what + " after " + trials);
      }
    }
  }

  @Test
  void saysWhereNoNumberOfServersHolds() {
    Bracket none =
        Bracket.fewestServers(trial(1, 1, false), 3, 20, servers -> trial(servers, 1, false));
    assertTrue(none.held().isEmpty());
    assertEquals(20, none.failed().orElseThrow().servers());
  }
}
