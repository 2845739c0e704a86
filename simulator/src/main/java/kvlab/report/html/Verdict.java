package kvlab.report.html;

import static kvlab.report.html.Html.fixed;
import static kvlab.report.html.Html.seconds;
import static kvlab.report.html.Html.strong;
import static kvlab.report.html.Html.times;
import static kvlab.report.html.Html.whole;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import kvlab.report.RunFiles;
import kvlab.report.RunTable;

/**
 * What a run says, in sentences with the numbers of {@code summary.csv}: the answer, then whatever
 * weakens it. Sentences are markup.
 */
final class Verdict {
  private static final double SAME = 0.01; // a difference below 1% is none
  private static final double MANY = 1.5; // from here on a difference is a multiple
  private static final double SOME_WAIT = 0.5; // requests that wait on average

  private final RunTable table;
  private final List<String> designs;
  private final RunSetup setup;

  Verdict(RunFiles run, RunSetup setup) {
    this.table = run.summary();
    this.designs = run.designs();
    this.setup = setup;
  }

  private double of(String design, String column) {
    return table.has(column) ? table.number(column, designs.indexOf(design)) : Double.NaN;
  }

  /** What the run was to find out. */
  String question() {
    String where = setup.place().isEmpty() ? "" : " " + setup.place();
    return designs.size() == 1
        ? "What does " + designs.get(0) + " make of its memory" + where + "?"
        : "What do " + designs.size() + " designs of a KV cache make of the same memory" + where
            + "?";
  }

  /** The answer in one sentence. */
  String answer() {
    List<String> pair = pair();
    return pair.size() == 1 ? alone(pair.get(0)) : compared(pair.get(0), pair.get(1));
  }

  /**
   * Whom the answer is about: the best that pages and the plainest that reserves; where not both are there,
   * the best and the worst; of one design that one.
   */
  List<String> pair() {
    if (designs.size() == 1) {
      return designs;
    }
    Optional<String> paged = best(Family.PAGES);
    Optional<String> plain = worst(Family.RESERVES);
    if (paged.isPresent() && plain.isPresent()) {
      return List.of(paged.get(), plain.get());
    }
    List<String> order = new ArrayList<>(designs);
    order.sort((a, b) -> compare(b, a, "output_tokens_per_s"));
    return List.of(order.get(0), order.get(order.size() - 1));
  }

  private String alone(String design) {
    return strong(design) + " had " + share(design, "live_pct") + " of " + slotSeconds(design)
        + " slot-seconds hold tokens, ran " + fixed(of(design, "running_mean"), 1)
        + " requests at a time (at most " + whole(of(design, "running_max")) + ") and sampled "
        + whole(of(design, "output_tokens_per_s")) + " tokens a second; half of the requests had"
        + " their first token within " + seconds(of(design, "ttft_p50_ms"))
        + " s, 99 in 100 within "
        + seconds(of(design, "ttft_p99_ms")) + " s.";
  }

  private String compared(String one, String other) {
    return strong(one) + " ran " + fixed(of(one, "running_mean"), 1) + " requests at a time, "
        + strong(other) + " " + fixed(of(other, "running_mean"), 1)
        + compared("running_mean", one, other) + ": tokens filled " + share(one, "live_pct")
        + " of " + slotSeconds(one) + " slot-seconds against " + share(other, "live_pct") + " of "
        + slotSeconds(other) + ", and " + whole(of(one, "output_tokens_per_s"))
        + " tokens came out a second against " + whole(of(other, "output_tokens_per_s"))
        + compared("output_tokens_per_s", one, other) + ".";
  }

  /** How much more the first has, in parentheses. */
  private String compared(String column, String one, String other) {
    double ratio = of(one, column) / of(other, column);
    if (!Double.isFinite(ratio) || ratio == 0) {
      return "";
    }
    if (Math.abs(ratio - 1) < SAME) {
      return " (no difference)";
    }
    if (ratio >= MANY || ratio <= 1 / MANY) {
      return " (" + times(ratio) + " times)";
    }
    return " (" + (ratio > 1 ? "+" : "−") + fixed(100 * Math.abs(ratio - 1), 0) + "%)";
  }

  /** What else has to be said. */
  List<String> remarks() {
    List<String> remarks = new ArrayList<>();
    againstBestReservation().ifPresent(remarks::add);
    saturation(remarks);
    preempted().ifPresent(remarks::add);
    turnedAway().ifPresent(remarks::add);
    cut().ifPresent(remarks::add);
    return remarks;
  }

  /** Paging against the best of those that reserve, which is the fair opponent. */
  private Optional<String> againstBestReservation() {
    Optional<String> paged = best(Family.PAGES);
    Optional<String> rival = best(Family.RESERVES);
    if (designs.size() < 2 || paged.isEmpty() || rival.isEmpty()) {
      return Optional.empty();
    }
    double ratio = of(paged.get(), "output_tokens_per_s") / of(rival.get(), "output_tokens_per_s");
    String told = Family.isTold(rival.get()) ? ", which is told how long each output will be," : "";
    String who = strong(rival.get()) + told + " is the best of those that reserve. ";
    String delays =
        "its first tokens take " + seconds(of(rival.get(), "ttft_p50_ms")) + " s (p50) and "
            + seconds(of(rival.get(), "ttft_p99_ms")) + " s (p99), those of " + strong(paged.get())
            + " "
            + seconds(of(paged.get(), "ttft_p50_ms")) + " s and "
            + seconds(of(paged.get(), "ttft_p99_ms")) + " s.";
    if (ratio < 1 - SAME) {
      return Optional.of(who + "<em>Paging loses here:</em> " + strong(paged.get()) + " samples "
          + fixed(100 * (1 - ratio), 0) + "% fewer tokens a second; " + delays);
    }
    if (ratio <= 1 + SAME) {
      return Optional.of(
          who + "<em>Against it paging wins no throughput here</em> (within 1%); " + delays);
    }
    return Optional.of(who + strong(paged.get()) + " samples " + fixed(100 * (ratio - 1), 0)
        + "% more tokens a second than it; " + delays);
  }

  private void saturation(List<String> remarks) {
    List<String> calm = new ArrayList<>();
    List<String> capped = new ArrayList<>();
    for (String design : designs) {
      if (of(design, "waiting_mean") < SOME_WAIT) {
        calm.add(design);
      } else if (of(design, "running_max") >= setup.mostSequences(design)) {
        capped.add(design);
      }
    }
    if (calm.size() == designs.size()) {
      remarks.add("<em>Nothing saturates here:</em> no design had requests waiting to speak of, so"
          + " memory was not what bound the run; throughput is that of the arrivals, and a"
          + " higher <code>--rate-scale</code> would tell the designs apart.");
    } else if (!calm.isEmpty()) {
      remarks.add(names(calm) + (calm.size() == 1 ? " was" : " were") + " not saturated (fewer"
          + " than " + SOME_WAIT + " requests waiting on average): "
          + (calm.size() == 1 ? "its" : "their")
          + " throughput is that of the arrivals, not the most "
          + (calm.size() == 1 ? "it" : "they") + " could do.");
    }
    if (!capped.isEmpty()) {
      remarks.add(names(capped) + " ran into <code>max-num-seqs</code>: requests waited for a place"
          + " and not only for memory.");
    }
  }

  private Optional<String> preempted() {
    List<String> who = new ArrayList<>();
    for (String design : designs) {
      if (of(design, "preemptions") > 0) {
        double times = of(design, "preemptions");
        who.add(strong(design) + " " + whole(times) + (times == 1 ? " time (" : " times (")
            + whole(of(design, "recomputed_tokens")) + " tokens computed again)");
      }
    }
    return who.isEmpty()
        ? Optional.empty()
        : Optional.of("Memory ran out under running requests and some were preempted: "
            + String.join(", ", who) + ".");
  }

  private Optional<String> turnedAway() {
    return counted(
        "rejected", " were rejected", "; percentiles and throughput are of those that were served");
  }

  private Optional<String> cut() {
    return counted("unfinished", " were not finished when the run was cut", "");
  }

  private Optional<String> counted(String column, String what, String end) {
    double most = 0;
    List<String> who = new ArrayList<>();
    boolean alike = true;
    for (String design : designs) {
      double count = of(design, column);
      alike &= count == of(designs.get(0), column);
      most = Math.max(most, count);
      if (count > 0) {
        who.add(strong(design) + " " + whole(count));
      }
    }
    if (who.isEmpty()) {
      return Optional.empty();
    }
    double all = of(designs.get(0), "requests");
    String every = alike && designs.size() > 1 ? " by every design" : "";
    String count = whole(most) + " of " + whole(all) + " requests (" + fixed(100 * most / all, 1)
        + "%)" + what + every;
    return Optional.of(
        (alike ? count : "Up to " + count + ": " + String.join(", ", who)) + end + ".");
  }

  private Optional<String> best(Family family) {
    return designs.stream()
        .filter(design -> Family.of(design) == family)
        .min((a, b) -> served(a) == served(b)
            ? compare(a, b, "e2e_mean_ms")
            : Double.compare(served(b), served(a)));
  }

  private Optional<String> worst(Family family) {
    return designs.stream()
        .filter(design -> Family.of(design) == family)
        .min((a, b) -> served(a) == served(b)
            ? compare(a, b, "live_pct")
            : Double.compare(served(a), served(b)));
  }

  /** Not by a Comparator of the library, whose lambdas no archive of classes keeps. */
  private int compare(String a, String b, String column) {
    return Double.compare(of(a, column), of(b, column));
  }

  /** Output rounded to what counts as a difference, so that ties go to latency. */
  private double served(String design) {
    return Math.round(Math.log(of(design, "output_tokens_per_s")) / SAME);
  }

  private String share(String design, String column) {
    return fixed(of(design, column), 1) + "%";
  }

  private String slotSeconds(String design) {
    double all = of(design, "capacity_slots") * of(design, "makespan_s");
    return all >= 1e9
        ? fixed(all / 1e9, 1) + " billion"
        : all >= 1e6 ? fixed(all / 1e6, 1) + " million" : whole(all);
  }

  private static String names(List<String> designs) {
    List<String> strong = designs.stream().map(Html::strong).toList();
    int last = strong.size() - 1;
    return last == 0
        ? strong.get(0)
        : String.join(", ", strong.subList(0, last)) + " and " + strong.get(last);
  }
}
