package kvlab.capacity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import java.util.List;
import kvlab.workload.InputException;
import org.junit.jupiter.api.Test;

final class CatalogueTest {
  private static final String GPU_HEADER =
      "name,memory_bytes,bandwidth_bytes_per_second,flops_bf16,flops_fp8,"
          + "multiprocessors,cache_bytes,host_link_bytes_per_second,"
          + "link_bytes_per_second,link_latency_nanos,roofline\n";

  @Test
  void listsInTheOrderOfTheFile() {
    List<Gpu> gpus = Catalogue.open().gpus();
    assertEquals(11, gpus.size());
    assertEquals("a100-40g", gpus.get(0).name());
    assertEquals("mi300x", gpus.get(10).name());
    assertEquals(25_250_627_584L, Catalogue.open().gpu("RTX-4090").memoryBytes());
  }

  @Test
  void unknownNameListsCloseOnes() {
    assertMessage(
        "unknown model llama3.1-8b; did you mean llama-3.1-8b",
        () -> Catalogue.open().model("llama3.1-8b"));
    assertMessage("did you mean a100-40g or a100-80g", () -> Catalogue.open().gpu("a100"));
    assertMessage("known: a100-40g, a100-80g, h100", () -> Catalogue.open().gpu("abacus"));
  }

  @Test
  void brokenLineIsNamed() {
    String good = "one,1000,1e12,1e12,1e12,100,4e7,1e9,1e10,600,default\n";
    assertMessage(
        "gpus.csv:4: memory_bytes is not a whole number: 1e3",
        () -> gpus("# text\n" + GPU_HEADER + good + "two,1e3,1,1,1,1,1,1,1,1,default\n"));
    assertMessage("gpus.csv:3: one is there twice", () -> gpus(GPU_HEADER + good + good));
    assertMessage("out of range: -1.0", () -> gpus(GPU_HEADER + good.replace("1e9", "-1")));
    assertMessage("gpus.csv:2: there is no column memory_bytes", () -> gpus("name\none\n"));
    assertMessage("gpus.csv", () -> gpus(GPU_HEADER + "one,1\n"));
  }

  private static void gpus(String text) {
    Catalogue.read(new StringReader("name\n"), new StringReader(text));
  }

  private static void assertMessage(String part, org.junit.jupiter.api.function.Executable call) {
    InputException e = assertThrows(InputException.class, call);
    assertTrue(String.valueOf(e.getMessage()).contains(part), String.valueOf(e.getMessage()));
  }
}
