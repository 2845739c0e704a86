package kvlab.gpu.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kvlab.gpu.device.Device;
import kvlab.gpu.device.DeviceFacts;
import kvlab.gpu.device.Kernel;
import kvlab.gpu.device.KernelModule;

/** The kernels that come with kvlab, as PTX; a file is compiled for the device when one is asked for. */
public final class KernelSet implements AutoCloseable {
  /** Files of kernels, of {@code src/main/cuda/<name>.cu} and {@code <name>.ptx} beside this class. */
  public static final List<String> FILES = List.of(
      "bandwidth",
      "cache_write",
      "conformance",
      "decode_bulk",
      "decode_mma",
      "decode_ref",
      "gemm",
      "pages",
      "prefill",
      "rope",
      "skinny_gemm",
      "step",
      "tags");

  private static final int BULK_MAJOR = 9; // compute capability with a copy engine
  private static final int BULK_DRIVER = 12; // CUDA version that knows it

  private static final Pattern ENTRY = Pattern.compile("\\.entry (\\w+)\\(");

  private final Device device;
  private final Map<String, String> fileOf = new HashMap<>(); // by kernel
  private final Map<String, KernelModule> modules = new LinkedHashMap<>(); // by file
  private final Map<String, Kernel> kernels = new HashMap<>();

  public KernelSet(Device device) {
    this.device = device;
    for (String file : FILES) {
      Matcher entry = ENTRY.matcher(new String(ptx(file), StandardCharsets.UTF_8));
      while (entry.find()) {
        fileOf.put(entry.group(1), file);
      }
    }
  }

  /** Whether the device can run it. */
  public boolean runs(DecodeKernel kernel) {
    return kernel != DecodeKernel.BULK || hasBulkCopies();
  }

  /** The kernel that is fastest here, which steps run. */
  public DecodeKernel fastestDecode() {
    return hasBulkCopies() ? DecodeKernel.BULK : DecodeKernel.MMA;
  }

  private boolean hasBulkCopies() {
    DeviceFacts facts = device.describe();
    String driver = facts.driver().substring(0, facts.driver().indexOf('.'));
    return facts.computeMajor() >= BULK_MAJOR && Integer.parseInt(driver) >= BULK_DRIVER;
  }

  /** The PTX of a file. */
  public static byte[] ptx(String file) {
    try (InputStream in = KernelSet.class.getResourceAsStream(file + ".ptx")) {
      if (in == null) {
        throw new IllegalStateException(file + ".ptx is not among the resources");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The kernel of that name. */
  public Kernel kernel(String name) {
    Kernel kernel = kernels.get(name);
    if (kernel != null) {
      return kernel;
    }
    String file = fileOf.get(name);
    if (file == null) {
      throw new IllegalArgumentException("there is no kernel " + name);
    }
    KernelModule module = modules.computeIfAbsent(file, f -> device.load(f + ".ptx", ptx(f)));
    Kernel loaded = module.kernel(name);
    kernels.put(name, loaded);
    return loaded;
  }

  @Override
  public void close() {
    modules.values().forEach(KernelModule::close);
    modules.clear();
  }
}
