package kvlab.gpu.run;

import java.util.List;
import java.util.Locale;
import kvlab.design.Server;
import kvlab.gpu.device.CudaException;
import kvlab.gpu.device.Device;
import kvlab.gpu.device.Driver;
import kvlab.gpu.kernel.Addressing;
import kvlab.gpu.kernel.ElementType;
import kvlab.gpu.kernel.KvArena;
import kvlab.gpu.twin.CpuTwin;
import kvlab.kv.ContiguousAllocator;
import kvlab.kv.Pool;
import kvlab.metrics.Probe;
import kvlab.metrics.Row;
import kvlab.study.Backend;
import kvlab.study.BackendRun;
import kvlab.study.Hardware;
import kvlab.workload.InputException;

/**
 * Runs the steps of a replay on the first GPU, or on the CPU twin with a tiny model in the place of the
 * one asked for. Settings: {@code layers=N} runs the first N layers only, {@code layout=paged|contiguous}
 * chooses the kernels' address mode (by default contiguous where the design reserves one run).
 */
public abstract sealed class GpuBackend implements Backend {
  private static final int PASS_TOKENS = 8192;
  private static final int TWIN_PASS_TOKENS = 256;
  private static final long SEED = 1;

  private final boolean twin;

  private GpuBackend(boolean twin) {
    this.twin = twin;
  }

  /** {@code --backend gpu}. */
  public static final class Gpu extends GpuBackend {
    public Gpu() {
      super(false);
    }

    @Override
    public String name() {
      return "gpu";
    }
  }

  /** {@code --backend cpu-twin}. */
  public static final class Twin extends GpuBackend {
    public Twin() {
      super(true);
    }

    @Override
    public String name() {
      return "cpu-twin";
    }
  }

  /** Tokens that go through the layers at once. */
  public static int passTokens(boolean twin) {
    return twin ? TWIN_PASS_TOKENS : PASS_TOKENS;
  }

  @Override
  public String device() {
    try (Device device = openDevice()) {
      return device.describe().label();
    }
  }

  private Device openDevice() {
    if (twin) {
      Driver.standIn(CpuTwin.here().driver());
    }
    return Device.open(0);
  }

  @Override
  public BackendRun open(
      String settings, Hardware hardware, Server server, Pool pool, int maxModelTokens) {
    Settings chosen = Settings.parse(settings);
    if (hardware.tensorParallel() != 1) {
      throw new InputException("one GPU runs the steps: --tensor-parallel is 1 with --backend");
    }
    if (pool.pageTokens() < 16 || pool.pageTokens() > 256 || pool.pageTokens() % 16 != 0) {
      throw new InputException("pages of " + pool.pageTokens()
          + " tokens: the kernels are for 16 to" + " 256, multiples of 16 (--page-tokens)");
    }
    LlamaShape shape =
        twin ? LlamaShape.TINY : LlamaShape.of(hardware.model(), ElementType.BF16, chosen.layers());
    Addressing addressing = chosen.addressing(server);
    Device device = openDevice();
    try {
      DeviceClock clock = new DeviceClock(
          device,
          shape,
          addressing,
          pool.pages(),
          pool.pageTokens(),
          new DeviceClock.Limits(server.maxSequences(), passTokens(twin), maxModelTokens),
          SEED);
      clock.check().watch(server.requests());
      return new Run(device, clock, shape, addressing);
    } catch (CudaException e) {
      long total = device.totalBytes();
      device.close();
      throw e.isOutOfMemory() ? tooLarge(shape, pool, total, e) : e;
    } catch (RuntimeException e) {
      device.close();
      throw e;
    }
  }

  private static InputException tooLarge(
      LlamaShape shape, Pool pool, long total, CudaException cause) {
    long kv = KvArena.bytes(shape.heads(), shape.layers() + 1, pool.pages(), pool.pageTokens());
    return new InputException(
        String.format(
            Locale.ROOT,
            "%s with %d layers does not fit the device: %.2f GiB of weights and %.2f GiB of KV, of"
                + " %.2f GiB in all (fewer --pages, or --backend gpu:layers=N)",
            shape.name(),
            shape.layers(),
            gib(shape.weightElements() * ElementType.BYTES),
            gib(kv),
            gib(total)),
        cause);
  }

  private static double gib(long bytes) {
    return bytes / (double) (1L << 30);
  }

  /** What follows the backend's name. */
  private record Settings(int layers, String layout) {
    static Settings parse(String text) {
      int layers = 0;
      String layout = "";
      for (String pair : text.isEmpty() ? new String[0] : text.split(",", -1)) {
        if (pair.matches("layers=[1-9][0-9]{0,3}")) {
          layers = Integer.parseInt(pair.substring("layers=".length()));
        } else if (pair.equals("layout=paged") || pair.equals("layout=contiguous")) {
          layout = pair.substring("layout=".length());
        } else {
          throw new InputException("--backend: '" + pair
              + "' is neither layers=N nor layout=paged nor layout=contiguous");
        }
      }
      return new Settings(layers, layout);
    }

    Addressing addressing(Server server) {
      if (layout.isEmpty()) {
        return server.allocator() instanceof ContiguousAllocator
            ? Addressing.CONTIGUOUS
            : Addressing.PAGED;
      }
      return layout.equals("paged") ? Addressing.PAGED : Addressing.CONTIGUOUS;
    }
  }

  /** One run, with the device that it closes. */
  private record Run(Device device, DeviceClock clock, LlamaShape shape, Addressing addressing)
      implements BackendRun {
    @Override
    public List<Probe> probes() {
      return List.of(clock.check());
    }

    @Override
    public void report(Row row) {
      row.text("device", device.describe().label().replace(',', ';'));
      row.text("device_model", shape.name());
      row.whole("device_layers", shape.layers());
      row.text("addressing", addressing.toString());
      row.whole("device_steps", clock.steps());
      row.whole("graph_steps", clock.graphSteps());
      row.whole("checked_slots", clock.check().checkedSlots());
      row.whole("uploaded_table_ints", clock.uploadedTableInts());
    }

    @Override
    public void close() {
      clock.close();
      device.close();
    }
  }
}
