package kvlab.cli.trace;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import kvlab.workload.LengthStats;
import kvlab.workload.LoadedTrace;
import kvlab.workload.Trace;
import kvlab.workload.TraceSummary;

/** A summary as JSON; the same keys in the same order for every trace. */
final class SummaryJson {
  /** Digits after the point; the shortest form of a double differs between versions of Java. */
  private static final int DIGITS = 6;

  private SummaryJson() {}

  static String of(LoadedTrace<Trace> loaded, TraceSummary summary) {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    root.put("trace", loaded.trace().name());
    root.put("format", loaded.format().id());
    root.put("sha256", loaded.sha256());
    root.put("timed", loaded.timed());
    ObjectNode rows = root.putObject("rows");
    rows.put("read", loaded.rows().read());
    rows.put("used", loaded.rows().used());
    ObjectNode dropped = rows.putObject("dropped");
    loaded.rows().droppedByReason().forEach(dropped::put);
    rows.put("reordered", loaded.rows().reordered());
    root.put("requests", summary.requests());
    root.put("duration_ns", summary.durationNanos());
    root.put("mean_rate_per_s", decimal(summary.meanRate()));
    root.put("peak_rate_1s_per_s", decimal(summary.peakRate1s()));
    root.put("peak_rate_60s_per_s", decimal(summary.peakRate60s()));
    root.put("gap_cv", decimal(summary.gapCv()));
    put(root.putObject("prompt_tokens"), summary.prompt());
    put(root.putObject("output_tokens"), summary.output());
    put(root.putObject("total_tokens"), summary.total());
    summary
        .hashes()
        .ifPresentOrElse(
            hashes -> root.putObject("hash_ids")
                .put("block_tokens", hashes.blockTokens())
                .put("blocks", hashes.blocks())
                .put("hits", hashes.hits())
                .put("overlong_requests", hashes.overlong()),
            () -> root.putNull("hash_ids"));
    DefaultIndenter lines = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter().withObjectIndenter(lines).withArrayIndenter(lines);
    try {
      return mapper.writer(printer).writeValueAsString(root) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain values", e);
    }
  }

  private static void put(ObjectNode node, LengthStats stats) {
    node.put("min", stats.min());
    node.put("p1", stats.p1());
    node.put("p25", stats.p25());
    node.put("p50", stats.p50());
    node.put("p75", stats.p75());
    node.put("p90", stats.p90());
    node.put("p95", stats.p95());
    node.put("p99", stats.p99());
    node.put("max", stats.max());
    node.put("mean", decimal(stats.mean()));
    node.put("sum", stats.sum());
  }

  private static BigDecimal decimal(double value) {
    return new BigDecimal(value).setScale(DIGITS, RoundingMode.HALF_EVEN);
  }
}
