package kvlab.validate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kvlab.validate.PaperCheck.Comparison;
import org.junit.jupiter.api.Test;

final class PaperCheckTest {
  @Test
  void reproducesThePublishedFigures() {
    Path traces = Path.of(System.getProperty("kvlab.shared"), "traces");
    assumeTrue(Files.isDirectory(traces), "the artifact's lengths are not here: " + traces);
    List<Comparison> comparisons = PaperCheck.open(traces).run();
    assertEquals(43, comparisons.size());
    for (Comparison comparison : comparisons) {
      assertTrue(comparison.passes(), comparison.toString());
    }
    double external = comparisons.stream()
        .filter(c -> c.figure().equals("fig2") && c.design().equals("orca-max"))
        .filter(c -> c.quantity().equals("external"))
        .findFirst()
        .orElseThrow()
        .simulated();
    assertEquals(100 * 87 / 983.0, external, 0.00005, "7 of 7 chunks are always taken");
  }
}
