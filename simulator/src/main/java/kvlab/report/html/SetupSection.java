package kvlab.report.html;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How the run was set up, and what its numbers do not say. */
final class SetupSection {
  private SetupSection() {}

  static String configuration(RunSetup setup, List<String> designs) {
    Html html = new Html();
    command(html, setup);
    html.raw("<div class=\"columns\">\n");
    list(html, setup.settings());
    html.raw("</div>\n<h3>Options of each design, with the values in force</h3>\n");
    html.raw("<div class=\"scroll\"><table>\n<thead><tr><th>option</th>");
    designs.forEach(design -> html.element("th", design));
    html.raw("</tr></thead>\n<tbody>\n");
    for (String option : setup.optionNames()) {
      html.raw("<tr>").element("td", option);
      designs.forEach(design -> html.element("td", setup.option(design, option)));
      html.raw("</tr>\n");
    }
    html.raw("</tbody></table></div>\n<h3>Where and when</h3>\n<div class=\"columns\">\n");
    list(html, setup.environment());
    return html.raw("</div>\n").toString();
  }

  /** What a sweep has in common, and what it varied. */
  static String sweep(RunSetup setup) {
    Html html = new Html();
    command(html, setup);
    html.raw("<div class=\"columns\">\n");
    list(html, setup.all());
    return html.raw("</div>\n").toString();
  }

  private static void command(Html html, RunSetup setup) {
    if (!setup.command().isEmpty()) {
      html.raw("<p>The command:</p>\n").element("pre", setup.command()).raw("\n");
    }
  }

  private static void list(Html html, Map<String, String> settings) {
    html.raw("<dl>\n");
    settings.forEach((name, value) ->
        html.element("dt", name.replace('_', ' ')).element("dd", value).raw("\n"));
    html.raw("</dl>\n");
  }

  /** What to keep in mind, as a list. */
  static String limits(RunSetup setup, List<String> designs) {
    List<String> limits = new ArrayList<>();
    if (setup.isPredicted()) {
      limits.add("Step times are predicted by <code>" + Html.escaped(setup.stepTime())
          + "</code>, not measured. Memory and the number of running requests depend on them"
          + " little as long as a design is saturated, latency and throughput a great deal.");
    } else {
      limits.add("Step times were measured on a device; they are those of this one run.");
    }
    limits.add("Latencies are of requests that finished; a request that was turned away has none."
        + " Throughput is over the whole run, from the first arrival to the last token, so a design"
        + " that falls behind the arrivals is charged for its tail.");
    limits.add(
        "Shares are of all slots of the pool and weighted by time. Slots are held against the"
            + " allocator’s own count in every step; a slot missing or counted twice would have"
            + " stopped the run.");
    if (designs.stream().anyMatch(Family::isTold)) {
      limits.add("<strong>orca-oracle</strong> is told every output length in advance. No server"
          + " can be; it shows what the best of predictions would be worth.");
    }
    if (setup.rateScale() != 1) {
      limits.add("Arrivals come " + Html.times(setup.rateScale())
          + " times as fast as in the trace, in the same order.");
    }
    if (!setup.arrivals().isEmpty() && !setup.arrivals().equals("trace")) {
      limits.add("Arrival times are not those of the trace but drawn from "
          + Html.escaped(setup.arrivals()) + ".");
    }
    if (setup.isWindowed()) {
      limits.add("Time-weighted figures of the table are over a part of the run only, see"
          + " <code>window</code> below; the curves show all of it.");
    }
    if (setup.servers() > 1) {
      limits.add("Of " + setup.servers() + " servers: throughput and latency are of all of them"
          + " together, shares and running requests the mean of a server.");
    }
    Html html = new Html().raw("<ul>\n");
    limits.forEach(limit -> html.raw("<li>").raw(limit).raw("</li>\n"));
    return html.raw("</ul>\n").toString();
  }
}
