package kvlab.cli;

import java.util.List;
import java.util.Locale;
import kvlab.design.Design;
import kvlab.design.Option;
import kvlab.design.Traits;
import kvlab.kv.Layout;
import kvlab.study.DesignRun;
import kvlab.study.Experiment;

/** Designs in words. */
final class DesignText {
  private static final String INDENT = " ".repeat(4);

  private DesignText() {}

  /** A design in two lines under its name. */
  static String summary(Design design) {
    Traits traits = design.traits();
    return String.join(
        "\n",
        design.name(),
        INDENT + traits.unit() + "; reserves " + traits.reservation() + "; growth: "
            + traits.growth(),
        INDENT + "on shortage: " + traits.onShortage() + "; keeps " + traits.keptAfterFinish()
            + " [" + traits.source() + "]",
        "");
  }

  /** The rules of a design and the values of its options in an experiment. */
  static String rules(Experiment experiment, Design design) {
    DesignRun run = new DesignRun(experiment, design);
    Layout layout = run.layout();
    Traits traits = design.traits();
    StringBuilder text = new StringBuilder();
    text.append(String.format(
        Locale.ROOT,
        "%s, %s on %s: %,d pages of %d tokens%s = %,d slots, sequences of up to %,d tokens%n%n",
        design.name(),
        experiment.hardware().model().name(),
        experiment.hardware().gpu().name(),
        run.pool().pages(),
        run.pool().pageTokens(),
        pageLayers(layout),
        layout.capacitySlots() / layout.layers(),
        experiment.maxModelTokens()));
    line(text, "unit", traits.unit());
    line(text, "reserves", traits.reservation());
    line(text, "growth", traits.growth());
    line(text, "on shortage", traits.onShortage());
    line(text, "keeps", traits.keptAfterFinish());
    line(text, "source", traits.source());
    text.append('\n');
    TextTable table = new TextTable("option", "value");
    for (Option option : run.options().all()) {
      table.row(List.of(option.name(), option.value()));
    }
    text.append(table.render()).append('\n');
    for (Option option : run.options().all()) {
      line(text, option.name(), option.help());
    }
    return text.toString();
  }

  /** Layers of a page, where it does not have a slot for each layer. */
  private static String pageLayers(Layout layout) {
    return layout.pageLayers() == layout.layers()
        ? ""
        : " in " + layout.pageLayers() + " layers (the model has " + layout.layers() + ")";
  }

  private static void line(StringBuilder text, String name, String value) {
    text.append(String.format(Locale.ROOT, "%-30s %s%n", name, value));
  }
}
