package kvlab.report.html;

import java.util.List;
import java.util.function.BiFunction;
import java.util.function.DoubleFunction;
import java.util.stream.Stream;
import kvlab.report.Part;
import kvlab.report.RunTable;
import kvlab.text.Decimals;

/** The table of the designs, with a bar of what filled the pool. */
final class SummaryTable {
  private static final double VISIBLE_PCT =
      0.05; // of a part that no design has more of, nothing is said
  private static final List<Part> FREE = List.of(Part.SHORT, Part.IDLE, Part.WITHHELD);

  private record Column(
      String name, String unit, DoubleFunction<String> text, List<String> columns) {}

  private static final List<Column> MEMORY = List.of(
      share("live", Part.LIVE),
      share("reserved", Part.RESERVED),
      share("internal", Part.INTERNAL),
      share("rounding", Part.ROUNDING),
      share("cached", Part.CACHED),
      share("external", Part.EXTERNAL),
      share("other free", FREE.toArray(Part[]::new)));

  private static final List<Column> SERVICE = List.of(
      new Column("running mean", "", v -> Html.fixed(v, 1), List.of("running_mean")),
      new Column("running max", "", Html::whole, List.of("running_max")),
      new Column("requests", "/s", v -> Html.fixed(v, 2), List.of("requests_per_s")),
      new Column("output", "tok/s", Html::whole, List.of("output_tokens_per_s")),
      new Column("TTFT p50", "s", Html::seconds, List.of("ttft_p50_ms")),
      new Column("TTFT p99", "s", Html::seconds, List.of("ttft_p99_ms")),
      new Column("TPOT p50", "ms", Html::milliseconds, List.of("tpot_p50_ms")),
      new Column("E2E p50", "s", Html::seconds, List.of("e2e_p50_ms")),
      new Column("E2E p99", "s", Html::seconds, List.of("e2e_p99_ms")),
      new Column("preempted", "", Html::whole, List.of("preemptions")),
      new Column("rejected", "", Html::whole, List.of("rejected")),
      new Column("unfinished", "", Html::whole, List.of("unfinished")));

  private SummaryTable() {}

  private static Column share(String name, Part... parts) {
    List<String> columns = Stream.of(parts).map(Part::column).toList();
    return new Column(name, "%", v -> Html.fixed(v, 1), columns);
  }

  static String of(RunTable summary) {
    Html html = new Html();
    table(html, summary, "the pool, averaged over time", SummaryTable::bar, MEMORY);
    html.raw(legend(summary));
    table(html, summary, "", (rows, row) -> "", SERVICE);
    return html.toString();
  }

  private static void table(
      Html html,
      RunTable summary,
      String picture,
      BiFunction<RunTable, Integer, String> drawn,
      List<Column> columns) {
    html.raw("<div class=\"scroll\"><table class=\"numbers\">\n<thead><tr>");
    html.element("th", "design");
    if (!picture.isEmpty()) {
      html.element("th", "wide", picture);
    }
    columns.forEach(column -> head(html, column));
    html.raw("</tr></thead>\n<tbody>\n");
    for (int row = 0; row < summary.rows(); row++) {
      html.raw("<tr>").raw(name(summary.text("design", row), row));
      if (!picture.isEmpty()) {
        html.raw("<td>").raw(drawn.apply(summary, row)).raw("</td>");
      }
      for (Column column : columns) {
        html.element("td", cell(summary, row, column));
      }
      html.raw("</tr>\n");
    }
    html.raw("</tbody></table></div>\n");
  }

  private static void head(Html html, Column column) {
    html.raw("<th>").raw(Html.escaped(column.name()));
    if (!column.unit().isEmpty()) {
      html.raw(" ").element("small", column.unit());
    }
    html.raw("</th>");
  }

  /** The head of a row; the design is the one of that index. */
  static String name(String design, int index) {
    return "<th scope=\"row\"><svg class=\"swatch\" viewBox=\"0 0 10 10\" aria-hidden=\"true\">"
        + "<circle cx=\"5\" cy=\"5\" r=\"4\" class=\"d-" + index + "\"/></svg>"
        + Html.escaped(design) + "</th>";
  }

  private static String cell(RunTable summary, int row, Column column) {
    double sum = 0;
    for (String name : column.columns()) {
      sum += summary.has(name) ? summary.number(name, row) : Double.NaN;
    }
    return column.text().apply(sum);
  }

  private static String bar(RunTable summary, int row) {
    Html bar = new Html();
    bar.raw("<svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" role=\"img\"");
    bar.raw(" aria-label=\"shares of the pool; the numbers are in the columns beside it\">");
    double left = 0;
    for (Part part : Part.values()) {
      double share = summary.number(part.column(), row);
      if (share > 0) {
        bar.raw("<rect class=\"p-" + Shades.key(part));
        bar.raw("\" x=\"" + Decimals.fixed(left, 3) + "\" width=\"" + Decimals.fixed(share, 3));
        bar.raw("\" height=\"8\"><title>" + Html.escaped(part.label()));
        bar.raw(" " + Decimals.fixed(share, 1) + "%</title></rect>");
        left += share;
      }
    }
    return bar.raw("</svg>").toString();
  }

  private static String legend(RunTable summary) {
    Html html = new Html().raw("<p class=\"legend\">");
    for (Part part : Part.values()) {
      boolean seen = false;
      for (int row = 0; row < summary.rows(); row++) {
        seen |= summary.number(part.column(), row) >= VISIBLE_PCT;
      }
      if (seen) {
        html.raw(
                "<span><svg class=\"swatch\" viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"p-")
            .raw(Shades.key(part))
            .raw("\" width=\"10\" height=\"10\"/></svg>")
            .raw(Html.escaped(part.label()))
            .raw("</span> ");
      }
    }
    return html.raw("</p>\n").toString();
  }
}
