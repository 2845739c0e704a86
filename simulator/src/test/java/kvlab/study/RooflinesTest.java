package kvlab.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import kvlab.capacity.Catalogue;
import kvlab.capacity.Gpu;
import kvlab.capacity.KvDtype;
import kvlab.capacity.Model;
import kvlab.step.Constant;
import kvlab.step.Constants;
import kvlab.step.Transformer;
import kvlab.workload.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RooflinesTest {
  @TempDir
  Path folder;

  @Test
  void everyGpuHasConstantsWithASource() {
    for (Gpu gpu : Catalogue.open().gpus()) {
      assertTrue(Rooflines.named(gpu.roofline()).of(Constant.GEMM_BANDWIDTH) > 0.1, gpu.name());
      assertTrue(Rooflines.sourceOf(gpu.roofline()).length() > 10, gpu.name());
    }
  }

  @Test
  void theDefaultIsTheMedianOfTheMeasured() {
    Constants shared = Rooflines.named("default");
    List<String> measured = List.of("a100-80g", "h100", "h200", "rtx-4090", "rtx-pro-6000");
    for (Constant constant : Constant.values()) {
      double[] values = measured.stream()
          .mapToDouble(name -> Rooflines.named(name).of(constant))
          .sorted()
          .toArray();
      assertEquals(values[2], shared.of(constant), 1e-9 * values[2], constant.toString());
    }
  }

  @Test
  void writesWhatItReads() throws IOException {
    Constants constants = Rooflines.named("h100");
    Path file = folder.resolve("h100.txt");
    Files.writeString(file, Rooflines.text(constants, List.of("source: a test")));
    Constants read = Rooflines.read(file, Constants.least());
    for (Constant constant : Constant.values()) {
      assertEquals(
          constants.of(constant), read.of(constant), 1e-4 * constants.of(constant), "" + constant);
    }
  }

  @Test
  void brokenLinesAreNamed() throws IOException {
    assertLine("step-ns 5", "a.txt:1: 'step-ns 5' is no NAME=VALUE");
    assertLine("# fine\nstep-ns = -1", "a.txt:2: step-ns must be from 0.0");
    assertLine("step-ns = 1\nstep-ns = 1", "a.txt:2: step-ns is there twice");
    assertLine("# nothing", "a.txt: no constants");
  }

  private void assertLine(String text, String message) throws IOException {
    Path file = Files.writeString(folder.resolve("a.txt"), text);
    InputException e =
        assertThrows(InputException.class, () -> Rooflines.read(file, Constants.least()));
    assertTrue(String.valueOf(e.getMessage()).contains(message), e.getMessage());
  }

  @Test
  void productsAddUpToTheWeightsThatAStepReads() {
    for (Model model : Catalogue.open().models()) {
      Transformer shape = Shapes.of(model, KvDtype.AUTO, 1);
      double layer = shape.hidden()
          * (shape.qkvWidth()
              + shape.attentionWidth()
              + shape.experts() * (shape.upWidth() + shape.ffnWidth()));
      double tables = (model.tiedEmbeddings() ? 0 : 1.0) * model.vocab() * model.hidden();
      double all = shape.layers() * layer + shape.headWidth() * shape.hidden() + tables;
      assertEquals(1, all / model.parameters(), 1e-6, model.name());
      assertTrue(shape.activeExperts() <= shape.experts(), model.name());
    }
    Transformer llama = Shapes.of(Catalogue.open().model("llama-3.1-8b"), KvDtype.AUTO, 2);
    assertEquals(3072, llama.qkvWidth());
    assertEquals(2048, llama.attentionWidth());
    assertEquals(7168, llama.ffnWidth());
    assertEquals(
        "[16, 4]",
        Arrays.toString(new int[] {llama.heads().query(), llama.heads().kv()}));
    assertEquals(1, llama.experts(), 1e-3);
  }
}
