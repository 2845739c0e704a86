package kvlab.workload.synth;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import kvlab.workload.InputException;
import kvlab.workload.Trace;
import kvlab.workload.TraceBuilder;
import kvlab.workload.TraceSummary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LawsTest {
  private static final int DRAWS = 200_000;

  @ParameterizedTest
  @CsvSource({
    "poisson:5.5,      5.5, 1",
    "'gamma:5.5,1.09', 5.5, 1.09",
    "'gamma:40,0.25',  40,  0.25",
    "'gamma:0.5,3',    0.5, 3",
    "fixed:2,          2,   0",
  })
  void arrivalsHaveTheirRateAndBurstiness(String law, double rate, double cv) {
    TraceBuilder builder = new TraceBuilder(law);
    LongSupplier nanos = Arrivals.parse(law).nanos(new SplittableRandom(1));
    for (int i = 0; i < DRAWS; i++) {
      builder.add(0, nanos.getAsLong(), 1, 1);
    }
    TraceSummary summary = TraceSummary.of(builder.build());
    // standard error of the mean gap is cv / sqrt(n), here at most 0.7%
    assertEquals(rate, summary.meanRate(), rate * 0.025);
    assertEquals(cv, summary.gapCv(), Math.max(cv * 0.03, 1e-8));
  }

  @Test
  void evenlySpacedStartsAtZero() {
    assertArrayEquals(
        new long[] {0, 333_333_333, 666_666_666, 1_000_000_000},
        LongStream.generate(Arrivals.parse("fixed:3").nanos(new SplittableRandom(1)))
            .limit(4)
            .toArray());
  }

  @Test
  void lognormalHasItsMedianAndSpread() {
    int[] lengths = sorted(Lengths.parse("lognormal:100,0.8"));
    assertEquals(100, lengths[DRAWS / 2], 2);
    // one deviation above the median
    assertEquals(100 * Math.exp(0.8), lengths[(int) (DRAWS * 0.8413447)], 4);
    int[] bounded = sorted(Lengths.parse("lognormal:100,2,50,400"));
    assertEquals(50, bounded[0]);
    assertEquals(400, bounded[DRAWS - 1]);
  }

  @Test
  void quantilesComeBackAsGiven() {
    Quantiles law = Quantiles.parse(
        "q.csv", List.of("# made up", "quantile,tokens", "0,1", "0.5,35", "0.9,506", "1,2028"));
    assertEquals(18, law.at(0.25));
    assertEquals(35, law.at(0.5));
    int[] lengths = sorted(law);
    assertEquals(35, lengths[DRAWS / 2], 1);
    assertEquals(506, lengths[DRAWS * 9 / 10], 5);
    assertTrue(lengths[0] >= 1 && lengths[DRAWS - 1] <= 2028);
    double mean = Arrays.stream(lengths).average().orElseThrow();
    assertEquals(0.5 * 18 + 0.4 * 270.5 + 0.1 * 1267, mean, 2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "poisson",
        "poisson:0",
        "poisson:x",
        "poisson:1,2",
        "gamma:1",
        "gamma:1,0",
        "gamma:1,NaN",
        "fixed:-1",
        "all-at-once:1",
        "uniform:1",
        ""
      })
  void refusesArrivals(String law) {
    assertThrows(InputException.class, () -> Arrivals.parse(law));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fixed",
        "fixed:0",
        "fixed:1.5",
        "lognormal:1",
        "lognormal:0,1",
        "lognormal:5,-1",
        "lognormal:5,1,9,8",
        "quantiles:/no/such/file.csv",
        "zipf:1"
      })
  void refusesLengths(String law) {
    assertThrows(InputException.class, () -> Lengths.parse(law));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0,0", "0.1,5", "0,5;0.5,4;1,6", "0,5;0.5,6;0.5,7;1,8", "0,5;x,6", "0,1"})
  void refusesQuantiles(String rows) {
    List<String> lines = new ArrayList<>(List.of("quantile,tokens"));
    lines.addAll(List.of(rows.split(";")));
    assertThrows(InputException.class, () -> Quantiles.parse("q.csv", lines));
  }

  @Test
  void aRecipeMakesTheSameTraceEverywhere() {
    Trace trace = Trace.of(recipe("gamma:5.5,1.09", "lognormal:100,0.8", 1_000_000));
    long[] nanos = {319_171_807L, 409_053_924L, 1_281_144_180L, 1_391_354_112L};
    for (int i = 0; i < nanos.length; i++) {
      assertEquals(nanos[i], trace.arrivalNanos(i));
    }
    TraceSummary summary = TraceSummary.of(trace);
    assertEquals(76_641, summary.prompt().sum());
    assertEquals(134_713, summary.output().sum());
    assertEquals(185_890_207_326L, trace.arrivalNanos(trace.size() - 1));
  }

  @Test
  void aLawChangesNoOtherColumn() {
    Trace gamma = Trace.of(recipe("gamma:5.5,1.09", "lognormal:100,0.8", 1_000_000));
    Trace fixed = Trace.of(recipe("fixed:1", "fixed:7", 1_000_000));
    for (int i = 0; i < gamma.size(); i++) {
      assertEquals(gamma.promptTokens(i), fixed.promptTokens(i));
    }
  }

  @Test
  void drawsAgainUntilTheTotalFits() {
    Trace trace = Trace.of(recipe("all-at-once", "lognormal:100,0.8", 150));
    assertTrue(TraceSummary.of(trace).total().max() <= 150);
    assertThrows(InputException.class, () -> Trace.of(recipe("all-at-once", "fixed:150", 150)));
  }

  private static TraceRecipe recipe(String arrivals, String output, long maxTotal) {
    return new TraceRecipe(
        "made",
        1_000,
        42,
        Arrivals.parse(arrivals),
        Lengths.parse("lognormal:50,1"),
        Lengths.parse(output),
        maxTotal);
  }

  private static int[] sorted(Lengths law) {
    SplittableRandom random = new SplittableRandom(3);
    int[] lengths = new int[DRAWS];
    Arrays.setAll(lengths, i -> law.tokens(random));
    Arrays.sort(lengths);
    return lengths;
  }
}
