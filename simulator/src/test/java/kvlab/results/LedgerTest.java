package kvlab.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The committed results: every claim has a verdict and runs that are there, every page is what its tables say. */
class LedgerTest {
  private static final Path RESULTS = Path.of("../results");
  private static final Set<String> VERDICTS =
      Set.of("holds", "holds when", "does not hold", "cannot be known");

  @Test
  void everyClaimHasAVerdictAndTheRunsThatDecideIt() throws IOException {
    Rows ledger = Rows.read(RESULTS.resolve("claims/claims.csv"));
    assertEquals(
        IntStream.rangeClosed(1, 10).mapToObj(i -> "C" + i).toList(),
        ledger.all().stream().map(row -> ledger.cell(row, "id")).toList());
    String page = Files.readString(RESULTS.resolve("claims/README.md"));
    for (Map<String, String> row : ledger.all()) {
      String id = ledger.cell(row, "id");
      assertTrue(VERDICTS.contains(ledger.cell(row, "verdict")), id);
      assertFalse(ledger.cell(row, "measured").isBlank(), id);
      assertFalse(ledger.cell(row, "source").isBlank(), id);
      assertTrue(page.contains("\n## " + id + "\n"), id);
      List<String> runs = List.of(ledger.cell(row, "run").split("; ", -1));
      assertTrue(runs.stream().anyMatch(run -> !run.startsWith("kvlab ")), id);
      for (String run : runs) {
        assertTrue(run.startsWith("kvlab ") || Files.exists(RESULTS.resolve(run)), id + ": " + run);
      }
    }
  }

  @Test
  void pagesSayWhatTheTablesBesideThemSay() throws IOException {
    try (Stream<Path> folders = Files.list(RESULTS)) {
      for (Path folder : folders.sorted().toList()) {
        if (Files.isRegularFile(folder.resolve(ExperimentFile.NAME))) {
          ExperimentFile experiment = ExperimentFile.read(folder);
          assertEquals(
              experiment.page(folder),
              Files.readString(folder.resolve("README.md")),
              folder.toString());
        }
      }
    }
  }
}
