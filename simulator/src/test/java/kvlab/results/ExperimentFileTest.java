package kvlab.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kvlab.workload.InputException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pages and values worked out by hand from a file of three rows. */
class ExperimentFileTest {
  private static final String ORIGIN =
      "\nMade by `kvlab results` from [experiment.md](experiment.md); [environment](environment.json).\n";

  @TempDir
  Path folder;

  private Expression values = new Expression(Path.of(""));

  @BeforeEach
  void writeRows() throws IOException {
    Files.writeString(folder.resolve("s.csv"), """
        rate-scale,design,live_pct,ttft_p99_ms,note
        1,paged,90.25,100,
        2,paged,95,3000,full
        1,max,30,2000,"a, b"
        """);
    values = new Expression(folder);
  }

  @Test
  void readsACell() {
    assertEquals("90.25", values.text("s.csv[design=paged; rate-scale=1].live_pct"));
    assertEquals("90.3", values.text(".1f s.csv[design=paged; rate-scale=1].live_pct"));
    assertEquals("a, b", values.text("s.csv[design=max].note"));
  }

  @Test
  void calculatesAsOnPaper() {
    assertEquals("-60", values.text(".0f 30 - 90"));
    assertEquals(
        "+3.0",
        values.text("+.1f s.csv[design=paged; rate-scale=1].live_pct / 30.25 * 1 + 0.01652892562"));
    assertEquals("66.7", values.text(".1f 100 * ( 1 - s.csv[design=max].live_pct / 90 )"));
    assertEquals("1,234,567.0", values.text(",.1f 1234567 * 1"));
  }

  @Test
  void findsTheLargestOfTheRowsThatMeetABound() {
    assertEquals("1", values.text("s.csv[design=paged; ttft_p99_ms<=2000].max(rate-scale)"));
    assertEquals("30", values.text("s.csv[ttft_p99_ms>=2000].min(live_pct)"));
    assertEquals("none", values.text("s.csv[ttft_p99_ms<=1].max(rate-scale)"));
    assertEquals("–", values.text(".1f 1 / s.csv[ttft_p99_ms<=1].max(rate-scale)"));
  }

  @Test
  void refusesWhatIsNotOneRow() {
    for (String wrong : List.of(
        "s.csv[design=paged].live_pct",
        "s.csv[design=none].live_pct",
        "s.csv[design=max].no_such_column",
        "missing.csv[].live_pct",
        ".1f s.csv[design=max].note",
        ".1f 1 +",
        ".1f ( 1 + 2",
        ".1f 1 2",
        "1 + 2",
        "")) {
      assertThrows(InputException.class, () -> values.text(wrong), wrong);
    }
  }

  @Test
  void readsCommandsAsAShellDoes() throws IOException {
    ExperimentFile file = experiment("""
        ```sh
        # a remark
        kvlab sweep t.csv --vary 'step-time=a;b' \\
          --designs "x y" --set a='1 2'
        kvlab list gpus
        ```
        """);
    assertEquals(
        List.of(
            List.of(
                "sweep", "t.csv", "--vary", "step-time=a;b", "--designs", "x y", "--set", "a=1 2"),
            List.of("list", "gpus")),
        file.commands());
    ExperimentFile other = experiment("```sh\nrm -rf results\n```\n");
    assertThrows(InputException.class, other::commands);
  }

  @Test
  void keepsFilesUnderTheirNameOrAnother() throws IOException {
    ExperimentFile file = experiment("```keep\na/b/sweep.csv\na/c.svg as d.svg\n```\n");
    assertEquals(
        "[Kept[path=a/b/sweep.csv, name=sweep.csv], Kept[path=a/c.svg, name=d.svg]]",
        file.kept().toString());
  }

  @Test
  void putsTablesAndValuesInPlace() throws IOException {
    String page = experiment("""
        # Which?

        Paged uses {{.0f s.csv[design=paged; rate-scale=1].live_pct}}%,
        max {{s.csv[design=max].live_pct}}%.

        ```keep
        x/s.csv
        ```
        ```table
        s.csv rate-scale=1
        design | .1f live_pct "used %" | .2f 100 - live_pct "free %"
        ```
        """).page(folder);
    assertEquals("""
        # Which?

        Paged uses 90%, max 30%.

        | design | used % | free % |
        |---|---|---|
        | paged | 90.3 | 9.75 |
        | max | 30.0 | 70.00 |
        """ + ORIGIN, page);
  }

  @Test
  void writesFurtherFilesWithValues() throws IOException {
    ExperimentFile file = experiment("""
        Text.

        ```file verdicts.csv
        claim,share
        C1,{{.0f s.csv[design=max].live_pct}}
        ```
        """);
    assertEquals("{verdicts.csv=claim,share\nC1,30\n}", file.files(folder).toString());
    assertEquals("Text.\n" + ORIGIN, file.page(folder));
  }

  @Test
  void fillsParagraphsAndLeavesTheRest() throws IOException {
    String words = "word ".repeat(60).strip();
    String page =
        experiment(words + "\n\n```sh\nkvlab  list\n```\n- " + words + "\n").page(folder);
    assertTrue(page.lines().limit(3).allMatch(line -> line.length() <= 116), page);
    assertEquals(words, String.join(" ", page.lines().limit(3).toList()));
    assertTrue(page.endsWith("\n\n```sh\nkvlab  list\n```\n- " + words + "\n" + ORIGIN), page);
  }

  private ExperimentFile experiment(String text) throws IOException {
    Files.writeString(folder.resolve(ExperimentFile.NAME), text);
    return ExperimentFile.read(folder);
  }
}
