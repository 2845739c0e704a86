package kvlab.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import kvlab.cli.Main;
import kvlab.workload.InputException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The replay of a few lines against the command of the same words. */
class ReplayTest {
  @TempDir
  Path folder;

  private String trace = "";

  @BeforeEach
  void writeTrace() throws IOException {
    StringBuilder rows = new StringBuilder("arrival_ns,prompt_tokens,output_tokens\n");
    for (int i = 0; i < 60; i++) {
      rows.append(i * 50_000_000L)
          .append(',')
          .append(1 + i * 37 % 900)
          .append(',')
          .append(1 + i * 53 % 300)
          .append('\n');
    }
    Path file = folder.resolve("t.csv");
    Files.writeString(file, rows);
    trace = file.toString();
  }

  @Test
  void writesWhatTheCommandWrites() throws IOException {
    Path mine = Replay.of(trace)
        .rateScale(2)
        .model("llama-3.1-8b")
        .gpu("rtx-4090")
        .maxModelTokens(8192)
        .set("max-num-seqs", 16)
        .window(1, 2.5)
        .designs("contiguous-max", "vllm-v1")
        .into(folder.resolve("mine"));
    assertSameTables(
        mine,
        "--rate-scale=2",
        "--model=llama-3.1-8b",
        "--gpu=rtx-4090",
        "--max-model-len=8192",
        "--max-num-seqs=16",
        "--window=1,2.5",
        "--designs=contiguous-max,vllm-v1");
  }

  @Test
  void hasTheDefaultsOfTheCommand() throws IOException {
    assertSameTables(Replay.of(trace).into(folder.resolve("mine")), "--designs=vllm-v1");
    assertSameTables(
        Replay.of(trace)
            .pages(200)
            .set("page-tokens", 8)
            .kvDtype("fp8")
            .into(folder.resolve("small")),
        "--designs=vllm-v1",
        "--pages=200",
        "--page-tokens=8",
        "--kv-dtype=fp8");
  }

  @Test
  void refusesWhatThereIsNot() {
    assertThrows(InputException.class, () -> Replay.of(trace).designs("no-such-design"));
    assertThrows(InputException.class, () -> Replay.of(trace).gpu("no-such-gpu").experiment());
    assertThrows(
        InputException.class, () -> Replay.of(folder.resolve("none.csv").toString()));
  }

  private void assertSameTables(Path mine, String... options) throws IOException {
    Path theirs = folder.resolve("theirs");
    String[] line = new String[options.length + 4];
    line[0] = "compare";
    line[1] = trace;
    line[2] = "--no-charts";
    line[3] = "--out=" + theirs;
    System.arraycopy(options, 0, line, 4, options.length);
    StringWriter err = new StringWriter();
    assertEquals(
        0,
        Main.run(line, new PrintWriter(new StringWriter()), new PrintWriter(err)),
        err.toString());
    for (String table :
        new String[] {"summary.csv", "timeseries.csv", "distributions.csv", "unserved.csv"}) {
      assertEquals(
          Files.readString(theirs.resolve(table)), Files.readString(mine.resolve(table)), table);
    }
  }
}
