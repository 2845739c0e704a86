package kvlab.gpu.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The shipped PTX compiles for each architecture, and no kernel spills or takes more than gate.csv says. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64") // JCuda's compiler is for no other
final class PtxGateTest {
  static Stream<String> files() {
    return KernelSet.FILES.stream();
  }

  @ParameterizedTest
  @MethodSource("files")
  void staysWithinItsBudget(String file) throws IOException {
    Map<String, PtxGate.Use> budgets = PtxGate.budgets();
    for (String arch : PtxGate.architectures(file)) {
      List<PtxGate.Use> uses = PtxGate.compile(file, arch);
      assertFalse(uses.isEmpty(), file + " has kernels");
      for (PtxGate.Use use : uses) {
        PtxGate.Use budget =
            Objects.requireNonNull(budgets.get(use.key()), () -> "no budget for " + use.key());
        assertEquals(arch, use.arch());
        assertEquals(0, use.spilledBytes(), use + " spills");
        assertTrue(use.registers() <= budget.registers(), use + " is more than " + budget);
        assertTrue(use.sharedBytes() <= budget.sharedBytes(), use + " is more than " + budget);
      }
    }
  }

  @Test
  void everyBudgetIsThatOfAKernel() throws IOException {
    Map<String, PtxGate.Use> found = new TreeMap<>();
    for (String file : KernelSet.FILES) {
      PtxGate.compile(file, "sm_90").forEach(use -> found.put(use.key(), use));
    }
    List<String> stale = PtxGate.budgets().keySet().stream()
        .filter(key -> key.endsWith(",sm_90") && !found.containsKey(key))
        .toList();
    assertEquals(List.of(), stale);
  }
}
