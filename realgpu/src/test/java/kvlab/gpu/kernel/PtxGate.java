package kvlab.gpu.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;

/**
 * What each shipped kernel takes on each architecture, by NVIDIA's compiler of CUDA 12.0, which is inside
 * JCuda's natives and needs neither GPU nor toolkit; and what it may take, by gate.csv. Run as a program
 * with the natives on {@code java.library.path}, it writes gate.csv anew.
 */
final class PtxGate {
  private static final List<String> ARCHITECTURES = List.of("sm_80", "sm_86", "sm_89", "sm_90");
  private static final Pattern TARGET = Pattern.compile("\n\\.target (sm_\\d+)\n");

  private static final Path BUDGETS =
      Path.of(System.getProperty("kvlab.root", ".."), "realgpu/src/test/cuda/gate.csv");
  private static final String HEADER = "kernel,arch,registers,shared_bytes";
  private static final Pattern KERNEL =
      Pattern.compile("Compiling entry function '(\\w+)' for '(\\w+)'");
  private static final Pattern SPILLS =
      Pattern.compile("(\\d+) bytes spill stores, (\\d+) bytes spill loads");
  private static final Pattern USED =
      Pattern.compile("Used (\\d+) registers(?:.*?(\\d+) bytes smem)?");

  /**
   * One kernel on one architecture.
   *
   * @param spilledBytes written and read because there are too few registers
   */
  record Use(String kernel, String arch, int registers, int sharedBytes, int spilledBytes) {
    String key() {
      return kernel + "," + arch;
    }
  }

  private PtxGate() {}

  public static void main(String[] args) throws IOException {
    Map<String, Use> all = new TreeMap<>();
    for (String file : KernelSet.FILES) {
      for (String arch : architectures(file)) {
        compile(file, arch).forEach(use -> all.put(use.key(), use));
      }
    }
    StringBuilder text = new StringBuilder(HEADER + "\n");
    all.forEach((key, use) -> text.append(key)
        .append(',')
        .append(use.registers())
        .append(',')
        .append(use.sharedBytes())
        .append('\n'));
    Files.writeString(BUDGETS, text);
  }

  /** What kernels may take, by {@link Use#key}; nothing is known of spills, which none may have. */
  static Map<String, Use> budgets() throws IOException {
    Map<String, Use> budgets = new TreeMap<>();
    for (String line : Files.readAllLines(BUDGETS)) {
      if (!line.equals(HEADER)) {
        String[] cells = line.split(",");
        Use use =
            new Use(cells[0], cells[1], Integer.parseInt(cells[2]), Integer.parseInt(cells[3]), 0);
        budgets.put(use.key(), use);
      }
    }
    return budgets;
  }

  /** Those that the file's PTX is for. */
  static List<String> architectures(String file) {
    Matcher target = TARGET.matcher(new String(KernelSet.ptx(file), StandardCharsets.UTF_8));
    if (!target.find()) {
      throw new IllegalStateException(file + " has no target");
    }
    String oldest = target.group(1);
    return ARCHITECTURES.stream().filter(arch -> arch.compareTo(oldest) >= 0).toList();
  }

  /** What each kernel of the file takes. */
  static List<Use> compile(String file, String arch) {
    byte[] ptx = KernelSet.ptx(file);
    byte[] text = Arrays.copyOf(ptx, ptx.length + 1);
    nvPTXCompilerHandle compiler = new nvPTXCompilerHandle();
    JNvPTXCompiler.nvPTXCompilerCreate(compiler, text.length, text);
    try {
      int code = JNvPTXCompiler.nvPTXCompilerCompile(
          compiler, 2, new String[] {"--gpu-name=" + arch, "--verbose"});
      long[] length = new long[1];
      if (code != 0) {
        JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(compiler, length);
        byte[] log = new byte[(int) length[0] + 1];
        JNvPTXCompiler.nvPTXCompilerGetErrorLog(compiler, log);
        throw new IllegalStateException(
            file + " for " + arch + ": " + new String(log, StandardCharsets.UTF_8));
      }
      JNvPTXCompiler.nvPTXCompilerGetInfoLogSize(compiler, length);
      byte[] log = new byte[(int) length[0] + 1];
      JNvPTXCompiler.nvPTXCompilerGetInfoLog(compiler, log);
      return used(new String(log, StandardCharsets.UTF_8));
    } finally {
      JNvPTXCompiler.nvPTXCompilerDestroy(compiler);
    }
  }

  private static List<Use> used(String log) {
    List<Use> uses = new ArrayList<>();
    String kernel = "";
    String arch = "";
    int spilled = 0;
    for (String line : log.lines().toList()) {
      Matcher named = KERNEL.matcher(line);
      if (named.find()) {
        kernel = named.group(1);
        arch = named.group(2);
      }
      Matcher spills = SPILLS.matcher(line);
      if (spills.find()) {
        spilled = Integer.parseInt(spills.group(1)) + Integer.parseInt(spills.group(2));
      }
      Matcher used = USED.matcher(line);
      if (used.find()) {
        int shared = used.group(2) == null ? 0 : Integer.parseInt(used.group(2));
        uses.add(new Use(kernel, arch, Integer.parseInt(used.group(1)), shared, spilled));
      }
    }
    return uses;
  }
}
