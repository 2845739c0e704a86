package kvlab.study;

import kvlab.capacity.Attention;
import kvlab.capacity.Gpu;
import kvlab.capacity.KvDtype;
import kvlab.capacity.Model;
import kvlab.step.AllReduce;
import kvlab.step.Device;
import kvlab.step.Heads;
import kvlab.step.Transformer;

/** What step times need to know of a catalogue's model and GPU. */
public final class Shapes {
  private static final double NANOS = 1e9;

  /** A layer computes something, however the catalogue's numbers add up. */
  private static final double LEAST_EXPERTS = 1e-3;

  private Shapes() {}

  /** The nominal rates of a GPU. */
  public static Device of(Gpu gpu) {
    return new Device(
        gpu.bandwidthBytesPerSecond() / NANOS,
        gpu.flopsBf16() / NANOS,
        gpu.cacheBytes(),
        gpu.multiprocessors());
  }

  /**
   * The products of a model on one of so many GPUs. Query, key and value projections follow from the
   * heads (MLA's do not, and are counted with the experts); all other parameters of a layer make the
   * experts: {@code p = (rest of a layer's) / (matrices * hidden * ffn)} of them.
   */
  public static Transformer of(Model model, KvDtype dtype, int tensorParallel) {
    Attention attention = model.attention();
    double hidden = model.hidden();
    boolean latent = attention.kind() == Attention.Kind.MLA;
    double queries = latent ? 0 : (double) attention.heads() * attention.headDim();
    double qkv = latent ? 0 : queries + 2.0 * attention.kvHeads() * attention.headDim();
    double projections = hidden * (qkv + queries);
    int up = model.family().equals("opt") ? 1 : 2;
    double expert = (up + 1) * hidden * model.ffn();
    double tables = (model.tiedEmbeddings() ? 1.0 : 2.0) * model.vocab() * hidden;
    double all = ((model.parameters() - tables) / model.layers() - projections) / expert;
    double active = ((model.activeParameters() - tables) / model.layers() - projections) / expert;
    int kvHeads = latent ? 1 : (attention.kvHeads() + tensorParallel - 1) / tensorParallel;
    Heads heads = new Heads(
        Math.max(1, attention.heads() / tensorParallel),
        kvHeads,
        attention.headDim(),
        (double) model.kvBytesPerToken(dtype, tensorParallel) / attention.kvLayers());
    return new Transformer(
        model.layers(),
        attention.kvLayers(),
        hidden,
        latent ? 0 : queries / tensorParallel + 2.0 * kvHeads * attention.headDim(),
        queries / tensorParallel,
        (double) model.ffn() / tensorParallel,
        up,
        Math.max(all, LEAST_EXPERTS),
        Math.max(active, LEAST_EXPERTS),
        (double) model.vocab() / tensorParallel,
        model.weightBytesPerParameter(),
        heads);
  }

  /** The sums of a step over the GPUs of a tensor-parallel group. */
  static AllReduce sums(Hardware hardware) {
    Gpu gpu = hardware.gpu();
    return AllReduce.of(
        hardware.tensorParallel(),
        hardware.model().layers(),
        hardware.model().hidden(),
        gpu.linkBytesPerSecond(),
        (double) gpu.linkLatencyNanos());
  }
}
