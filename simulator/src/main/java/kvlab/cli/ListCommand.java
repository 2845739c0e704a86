package kvlab.cli;

import java.io.PrintWriter;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import kvlab.capacity.Attention;
import kvlab.capacity.Catalogue;
import kvlab.capacity.Gpu;
import kvlab.capacity.KvDtype;
import kvlab.capacity.Model;
import kvlab.design.Design;
import kvlab.design.Designs;
import kvlab.report.Charts;
import kvlab.step.Constant;
import kvlab.step.Constants;
import kvlab.study.Rooflines;
import kvlab.workload.TraceFormat;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvlab list}: what there is. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description = "Lists designs, models, GPUs, trace formats or charts.")
final class ListCommand implements Callable<Integer> {
  /** What can be listed. */
  enum What {
    DESIGNS,
    MODELS,
    GPUS,
    FORMATS,
    CHARTS
  }

  @Parameters(paramLabel = "WHAT", description = "One of designs, models, gpus, formats, charts.")
  What what = What.DESIGNS;

  @Spec
  CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    switch (what) {
      case DESIGNS -> designs(out);
      case MODELS -> models(out);
      case GPUS -> gpus(out);
      case FORMATS -> formats(out);
      case CHARTS -> charts(out);
    }
    return ExitCode.OK;
  }

  private static void designs(PrintWriter out) {
    for (Design design : Designs.all()) {
      out.print(DesignText.summary(design));
    }
    out.println();
    out.println(
        "'kvlab replay --design NAME --explain' prints a design's options and their values.");
  }

  private static void models(PrintWriter out) {
    TextTable table = new TextTable(
        "model",
        "parameters",
        "layers",
        "sliding",
        "window",
        "KV heads",
        "KV B/token",
        "weights GiB",
        "context");
    for (Model model : Catalogue.open().models()) {
      table.row(List.of(
          model.name(),
          String.format(Locale.ROOT, "%,d", model.parameters()),
          Integer.toString(model.layers()),
          Integer.toString(model.attention().slidingLayers()),
          window(model.attention()),
          Integer.toString(model.attention().kvHeads()),
          String.format(Locale.ROOT, "%,d", model.kvBytesPerToken(KvDtype.AUTO, 1)),
          String.format(Locale.ROOT, "%.2f", model.weightBytes() / (double) (1L << 30)),
          String.format(Locale.ROOT, "%,d", model.maxModelTokens())));
    }
    out.print(table.render());
    out.println();
    out.println(
        "sliding: layers that attend to the last tokens of a window only; KV B/token: while");
    out.println("every layer keeps the token.");
  }

  private static String window(Attention attention) {
    return attention.slidingLayers() == 0
        ? "-"
        : String.format(Locale.ROOT, "%,d", attention.windowTokens());
  }

  private static void gpus(PrintWriter out) {
    TextTable table = new TextTable(
        "gpu",
        "memory GiB",
        "GB/s",
        "bf16 TFLOPS",
        "weights",
        "compute",
        "KV",
        "prefill",
        "step us",
        "constants");
    Set<String> rooflines = new LinkedHashSet<>();
    for (Gpu gpu : Catalogue.open().gpus()) {
      Constants constants = Rooflines.named(gpu.roofline());
      rooflines.add(gpu.roofline());
      table.row(List.of(
          gpu.name(),
          String.format(Locale.ROOT, "%.2f", gpu.memoryBytes() / (double) (1L << 30)),
          String.format(Locale.ROOT, "%.0f", gpu.bandwidthBytesPerSecond() / 1e9),
          String.format(Locale.ROOT, "%.0f", gpu.flopsBf16() / 1e12),
          String.format(Locale.ROOT, "%.2f", constants.of(Constant.GEMM_BANDWIDTH)),
          String.format(Locale.ROOT, "%.2f", constants.of(Constant.GEMM_COMPUTE)),
          String.format(Locale.ROOT, "%.2f", constants.of(Constant.DECODE_BANDWIDTH)),
          String.format(Locale.ROOT, "%.2f", constants.of(Constant.PREFILL_COMPUTE)),
          String.format(Locale.ROOT, "%.0f", constants.of(Constant.STEP_NS) / 1e3),
          gpu.roofline()));
    }
    out.print(table.render());
    out.println();
    out.println(
        "weights, KV: share of the bandwidth that the roofline takes matrix products and decode"
            + " attention to reach;");
    out.println(
        "compute, prefill: share of the arithmetic peak that matrix products and prefill attention"
            + " reach.");
    for (String name : rooflines) {
      out.println(name + ": " + Rooflines.sourceOf(name));
    }
  }

  private static void formats(PrintWriter out) {
    for (TraceFormat format : TraceFormat.values()) {
      out.printf(Locale.ROOT, "%-10s %s%n", format.id(), format.description());
    }
  }

  private static void charts(PrintWriter out) {
    for (Charts chart : Charts.values()) {
      out.printf(Locale.ROOT, "%-19s %s%n", chart, chart.description());
    }
  }
}
