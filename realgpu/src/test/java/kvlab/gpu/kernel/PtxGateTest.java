package kvlab.gpu.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import java.util.stream.Stream;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compiles the shipped PTX for each architecture with NVIDIA's compiler of CUDA 12.0, which is inside
 * JCuda's natives and needs neither GPU nor toolkit, and holds every kernel to gate.csv: registers, shared
 * memory; none may spill. {@code -Dkvlab.gate=write} writes the file anew.
 */
final class PtxGateTest {
  private static final List<String> ARCHITECTURES = List.of("sm_80", "sm_86", "sm_89", "sm_90");
  private static final Path BUDGETS =
      Path.of(System.getProperty("kvlab.root", ".."), "realgpu/src/test/cuda/gate.csv");
  private static final String HEADER = "kernel,arch,registers,shared_bytes";
  private static final Pattern KERNEL =
      Pattern.compile("Compiling entry function '(\\w+)' for '(\\w+)'");
  private static final Pattern SPILLS =
      Pattern.compile("(\\d+) bytes spill stores, (\\d+) bytes spill loads");
  private static final Pattern USED =
      Pattern.compile("Used (\\d+) registers(?:.*?(\\d+) bytes smem)?");

  @BeforeAll
  static void compilerIsHere() {
    try {
      JNvPTXCompiler.setExceptionsEnabled(false);
      JNvPTXCompiler.nvPTXCompilerGetVersion(new int[1], new int[1]);
    } catch (LinkageError e) {
      assumeTrue(false, "JCuda's PTX compiler does not load here: " + e.getMessage());
    }
  }

  static Stream<String> files() {
    return KernelSet.FILES.stream();
  }

  @ParameterizedTest
  @MethodSource("files")
  void staysWithinItsBudget(String file) throws IOException {
    Map<String, String> budgets = budgets();
    List<String> lines = new ArrayList<>();
    for (String arch : ARCHITECTURES) {
      for (String line : compile(file, arch)) {
        lines.add(line);
      }
    }
    assertFalse(lines.isEmpty());
    if ("write".equals(System.getProperty("kvlab.gate"))) {
      write(budgets, lines);
      return;
    }
    for (String line : lines) {
      String[] used = line.split(",");
      String budget = budgets.get(used[0] + "," + used[1]);
      if (budget == null) {
        fail(used[0] + " has no budget for " + used[1]);
        return;
      }
      String[] allowed = budget.split(",");
      for (int i = 0; i < allowed.length; i++) {
        assertTrue(
            Integer.parseInt(used[i + 2]) <= Integer.parseInt(allowed[i]),
            line + " is more than its budget of " + budget);
      }
    }
  }

  /** A line of gate.csv per kernel of the file. */
  private static List<String> compile(String file, String arch) {
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
        fail(file + " for " + arch + ": " + new String(log, StandardCharsets.UTF_8));
      }
      JNvPTXCompiler.nvPTXCompilerGetInfoLogSize(compiler, length);
      byte[] log = new byte[(int) length[0] + 1];
      JNvPTXCompiler.nvPTXCompilerGetInfoLog(compiler, log);
      return used(new String(log, StandardCharsets.UTF_8));
    } finally {
      JNvPTXCompiler.nvPTXCompilerDestroy(compiler);
    }
  }

  private static List<String> used(String log) {
    List<String> lines = new ArrayList<>();
    String kernel = "";
    for (String line : log.lines().toList()) {
      Matcher named = KERNEL.matcher(line);
      if (named.find()) {
        kernel = named.group(1) + "," + named.group(2);
      }
      Matcher spills = SPILLS.matcher(line);
      if (spills.find()) {
        assertEquals("0 0", spills.group(1) + " " + spills.group(2), kernel + " spills");
      }
      Matcher used = USED.matcher(line);
      if (used.find()) {
        String shared = used.group(2) == null ? "0" : used.group(2);
        lines.add(kernel + "," + used.group(1) + "," + shared);
      }
    }
    return lines;
  }

  private static Map<String, String> budgets() throws IOException {
    Map<String, String> budgets = new TreeMap<>();
    if (Files.exists(BUDGETS)) {
      for (String line : Files.readAllLines(BUDGETS)) {
        if (!line.equals(HEADER)) {
          String[] cells = line.split(",");
          budgets.put(cells[0] + "," + cells[1], cells[2] + "," + cells[3]);
        }
      }
    }
    return budgets;
  }

  private static void write(Map<String, String> budgets, List<String> lines) throws IOException {
    for (String line : lines) {
      String[] cells = line.split(",");
      budgets.put(cells[0] + "," + cells[1], cells[2] + "," + cells[3]);
    }
    StringBuilder text = new StringBuilder(HEADER + "\n");
    budgets.forEach(
        (kernel, used) -> text.append(kernel).append(',').append(used).append('\n'));
    Files.createDirectories(BUDGETS.toAbsolutePath().getParent());
    Files.writeString(BUDGETS, text);
  }
}
