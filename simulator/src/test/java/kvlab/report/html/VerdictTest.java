package kvlab.report.html;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kvlab.report.RunFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sentences of a report against summaries written by hand. */
final class VerdictTest {
  private static final String HEADER =
      "design,requests,rejected,unfinished,makespan_s,requests_per_s,output_tokens_per_s,preemptions,"
          + "recomputed_tokens,live_pct,reserved_pct,internal_pct,rounding_pct,cached_pct,"
          + "external_pct,short_pct,idle_pct,withheld_pct,running_mean,running_max,waiting_mean,"
          + "ttft_p50_ms,ttft_p99_ms,e2e_mean_ms,capacity_slots";

  @TempDir
  Path folder;

  private static String row(
      String design,
      int rejected,
      double output,
      int preempted,
      double live,
      double running,
      double waiting) {
    return design + ",1000," + rejected + ",0,100,5," + output + "," + preempted + ",77," + live
        + ",0,0,0,0,0,0,0,0," + running + ",40," + waiting + ",100,2000,9000,20000";
  }

  private Verdict verdict(String... rows) throws IOException {
    List<String> summary = new ArrayList<>(List.of(HEADER));
    summary.addAll(List.of(rows));
    Files.write(folder.resolve("summary.csv"), summary);
    Files.writeString(
        folder.resolve("timeseries.csv"),
        "design,t_s,dt_s,running,waiting,live_pct,reserved_pct,internal_pct,rounding_pct,cached_pct,"
            + "external_pct,short_pct,idle_pct,withheld_pct\n");
    Files.writeString(folder.resolve("distributions.csv"), "design,metric,quantile,value_ms\n");
    Files.writeString(
        folder.resolve("run.json"),
        "{\"configuration\":{\"designs\":{\"vllm-v1\":{\"max-num-seqs\":40}}}}");
    return new Verdict(RunFiles.open(folder), RunSetup.read(folder.resolve("run.json")));
  }

  private static String all(Verdict verdict) {
    return String.join(" | ", verdict.remarks()).replaceAll("<[^>]*>", "");
  }

  private static String plain(String sentence) {
    return sentence.replaceAll("<[^>]*>", "");
  }

  @Test
  void comparesTheBestThatPagesWithThePlainestThatReserves() throws IOException {
    Verdict verdict = verdict(
        row("orca-max", 0, 500, 0, 20, 10, 50),
        row("orca-pow2", 0, 800, 0, 40, 20, 30),
        row("vllm-v0", 0, 900, 0, 80, 30, 20),
        row("vllm-v1", 0, 1000, 0, 90, 36, 10));
    assertEquals(
        "vllm-v1 ran 36.0 requests at a time, orca-max 10.0 (3.6 times): tokens filled 90.0% of 2.0"
            + " million slot-seconds against 20.0% of 2.0 million, and 1,000 tokens came out a second"
            + " against 500 (2.0 times).",
        plain(verdict.answer()));
    String remarks = all(verdict);
    assertTrue(
        remarks.contains("orca-pow2 is the best of those that reserve. vllm-v1 samples 25%"
            + " more tokens a second than it"),
        remarks);
    assertTrue(remarks.contains("vllm-v1 ran into max-num-seqs"), remarks);
    assertFalse(remarks.contains("saturate"), remarks);
  }

  @Test
  void saysThatPagingLoses() throws IOException {
    Verdict verdict =
        verdict(row("orca-oracle", 0, 1000, 0, 50, 30, 5), row("vllm-v1", 0, 900, 12, 50, 30, 5));
    String remarks = all(verdict);
    assertTrue(
        remarks.contains("orca-oracle, which is told how long each output will be, is the best"
            + " of those that reserve. Paging loses here: vllm-v1 samples 10% fewer tokens"),
        remarks);
    assertTrue(remarks.contains("preempted: vllm-v1 12 times (77 tokens computed again)"), remarks);
    assertTrue(plain(verdict.answer()).contains("(no difference)"), verdict.answer());
    assertTrue(plain(verdict.answer()).contains("against 1,000 (−10%)"), verdict.answer());
  }

  @Test
  void saysThatPagingMakesNoDifferenceAndThatNothingSaturates() throws IOException {
    Verdict verdict =
        verdict(row("orca-max", 0, 1000, 0, 20, 10, 0.2), row("vllm-v1", 0, 1005, 0, 20, 10, 0));
    String remarks = all(verdict);
    assertTrue(remarks.contains("Against it paging wins no throughput here (within 1%)"), remarks);
    assertTrue(remarks.contains("Nothing saturates here"), remarks);
  }

  @Test
  void namesThoseThatAreNotSaturated() throws IOException {
    Verdict verdict =
        verdict(row("orca-max", 0, 500, 0, 20, 10, 9), row("vllm-v1", 0, 900, 0, 20, 10, 0));
    assertTrue(all(verdict).contains("vllm-v1 was not saturated"), all(verdict));
  }

  @Test
  void countsThoseTurnedAway() throws IOException {
    String alike =
        all(verdict(row("orca-max", 50, 500, 0, 20, 10, 9), row("vllm-v1", 50, 900, 0, 20, 10, 9)));
    assertTrue(alike.contains("50 of 1,000 requests (5.0%) were rejected by every design"), alike);
    String unlike =
        all(verdict(row("orca-max", 50, 500, 0, 20, 10, 9), row("vllm-v1", 0, 900, 0, 20, 10, 9)));
    assertTrue(
        unlike.contains("Up to 50 of 1,000 requests (5.0%) were rejected: orca-max 50"), unlike);
  }

  @Test
  void describesADesignAlone() throws IOException {
    Verdict verdict = verdict(row("vllm-v1", 0, 900, 0, 45.5, 10, 9));
    assertEquals(
        "vllm-v1 had 45.5% of 2.0 million slot-seconds hold tokens, ran 10.0 requests at a time (at"
            + " most 40) and sampled 900 tokens a second; half of the requests had their first token"
            + " within 0.100 s, 99 in 100 within 2.00 s.",
        plain(verdict.answer()));
  }
}
