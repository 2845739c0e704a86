package kvlab.gpu.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import kvlab.capacity.Catalogue;
import kvlab.capacity.KvDtype;
import kvlab.design.Design;
import kvlab.design.Designs;
import kvlab.engine.OverLength;
import kvlab.gpu.TestDevice;
import kvlab.metrics.Window;
import kvlab.study.DesignRun;
import kvlab.study.Experiment;
import kvlab.study.Hardware;
import kvlab.study.Memory;
import kvlab.workload.InputException;
import kvlab.workload.Trace;
import kvlab.workload.TraceBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole replays on the CPU twin: designs, scheduler and page tables are the simulator's own. */
final class ReplayOnTwinTest {
  @BeforeEach
  void twin() {
    TestDevice.requireTwin();
  }

  @AfterEach
  void nothingIsLeftOpen() {
    TestDevice.assertNothingOpen();
  }

  private static Trace trace(int requests) {
    SplittableRandom random = new SplittableRandom(3);
    TraceBuilder builder = new TraceBuilder("test");
    for (int i = 0; i < requests; i++) {
      builder.add(i, 0, 1 + random.nextInt(40), 2 + random.nextInt(30));
    }
    return builder.build();
  }

  private static Map<String, String> replay(
      String design, Map<String, String> options, String stepTime, int pages) {
    Design itsDesign = Designs.named(design);
    Catalogue catalogue = Catalogue.open();
    Experiment experiment = new Experiment(
        trace(5),
        List.of(itsDesign),
        options,
        new Hardware(catalogue.model("llama-3.1-8b"), catalogue.gpu("h100"), KvDtype.AUTO, 1),
        new Memory.Pages(pages, 16),
        64,
        OverLength.TRUNCATE,
        stepTime,
        Window.ALL);
    return new DesignRun(experiment, itsDesign).run(List.of()).summary().cells();
  }

  private static Map<String, String> options() {
    return Map.of(Design.MAX_SEQUENCES, "3", "prefix-cache", "off");
  }

  /** With all requests there from the start, no decision depends on time: the device makes the same. */
  @ParameterizedTest
  @CsvSource({
    "vllm-v1, 7, paged",
    "orca-max, 8, contiguous",
    "contiguous-max, 8, contiguous",
    "orca-pow2, 8, contiguous",
    "lmdeploy, 8, paged"
  })
  void decidesAsTheSimulatorAndKeepsEverySlot(String design, int pages, String addressing) {
    Map<String, String> device = replay(design, options(), "backend:cpu-twin", pages);
    Map<String, String> simulated = replay(design, options(), "linear:1000,10,1", pages);
    for (String column : List.of("finished", "steps", "preemptions", "running_max", "pages")) {
      assertEquals(simulated.get(column), device.get(column), column);
    }
    assertEquals("5", device.get("finished"));
    assertEquals(addressing, device.get("addressing"));
    assertEquals("CPU twin (kernels on the CPU; times mean nothing)", device.get("device"));
    assertTrue(Long.parseLong(device.get("checked_slots")) > 100, device.toString());
    assertTrue(Long.parseLong(device.get("graph_steps")) > 10, device.toString());
  }

  @Test
  void contiguousRunsCanBeReadThroughAPageTableToo() {
    Map<String, String> device = replay("orca-max", options(), "backend:cpu-twin:layout=paged", 8);
    assertEquals("paged", device.get("addressing"));
    assertEquals("5", device.get("finished"));
  }

  @Test
  void uploadsOnlyWhatChanges() {
    Map<String, String> device = replay("vllm-v1", options(), "backend:cpu-twin", 40);
    // no more than a few uploads of each page of each sequence, and not one per step
    assertTrue(
        Long.parseLong(device.get("uploaded_table_ints")) < Long.parseLong(device.get("steps")),
        device.toString());
  }

  @Test
  void refusesWhatTheKernelsCannotDo() {
    Map<String, String> one = Map.of(Design.PAGE_TOKENS, "8");
    assertEquals(
        "pages of 8 tokens: the kernels are for 16 to 256, multiples of 16 (--page-tokens)",
        assertThrows(InputException.class, () -> replay("vllm-v1", one, "backend:cpu-twin", 8))
            .getMessage());
    assertEquals(
        "--backend: 'layers=0' is neither layers=N nor layout=paged nor layout=contiguous",
        assertThrows(
                InputException.class,
                () -> replay("vllm-v1", options(), "backend:cpu-twin:layers=0", 8))
            .getMessage());
    assertEquals(
        "unknown backend 'tpu'; there are cpu-twin, gpu",
        assertThrows(InputException.class, () -> replay("vllm-v1", options(), "backend:tpu", 8))
            .getMessage());
  }

  @Test
  void saysHowMuchWouldHaveBeenNeeded() {
    TestDevice.pretend(4 << 20);
    String message = String.valueOf(assertThrows(
            InputException.class, () -> replay("vllm-v1", options(), "backend:cpu-twin", 1000))
        .getMessage());
    assertTrue(message.startsWith("tiny with 2 layers does not fit the device: 0.00 GiB"), message);
  }
}
