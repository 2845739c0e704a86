package kvlab.gpu.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import kvlab.step.Batch;
import kvlab.workload.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Step times from a profile, worked by hand. */
final class KernelTimesTest {
  private static final PageTable TABLE = new PageTable(new Pool(1, 16), 1);

  @TempDir
  Path folder;

  private void write(String name, String... lines) throws IOException {
    Files.write(folder.resolve(name), List.of(lines));
  }

  private KernelTimes times() throws IOException {
    write(
        "dense.csv",
        "layer,tokens,time_us",
        "embedding,1,1",
        "embedding,256,1",
        "layer,1,10",
        "layer,8,10",
        "layer,64,20",
        "layer,128,50",
        "layer,256,90");
    write("per_sequence.csv", "layer,sequences,time_us", "head,1,5", "head,8,5", "head,16,7");
    write(
        "attention.csv",
        "prefill_chunk,kv_prefill,n_decode,kv_decode,time_us",
        "0,0,2,100,4",
        "0,0,2,200,6",
        "0,0,4,100,8",
        "0,0,4,200,12",
        "64,0,0,0,99");
    write(
        "constants.csv",
        "name,value",
        "prefill_launch_us,3",
        "prefill_tile_alone_us,2",
        "prefill_tile_shared_us,2.5",
        "prefill_resident_blocks,8",
        "processors,4",
        "step_us,100");
    return new KernelTimes(folder, 2, 2, 16, 256);
  }

  @Test
  void aStepOfDecodes() throws IOException {
    Batch batch = new Batch(4);
    batch.add(0, 0, 1, 99, true);
    batch.add(1, 1, 1, 199, true);
    batch.add(2, 2, 1, 149, true);
    // padded to 8 tokens: a layer 10, embedding 1, head 5. Contexts are 450 in all: as 2 sequences
    // of 225
    // 6.5, as 4 of 112.5 8.5, so as 3 7.5
    assertEquals((100 + 1 + 2 * (10 + 7.5) + 5) * 1e3, (double) times().nanos(batch, TABLE), 1);
  }

  @Test
  void aPromptBesideADecode() throws IOException {
    Batch batch = new Batch(4);
    batch.add(0, 0, 1, 99, true);
    batch.add(1, 1, 100, 28, false);
    // 8 + 100 tokens are one tile of 128: 50. One decode of 100 as 2 sequences of 50: 3; as 4 of
    // 25: 5; so 2 for
    // one of them. The prompt is items of 64 and 36 tokens on contexts of 92 and 128, 2 tiles each,
    // 2 heads: 4
    // blocks on 4 processors, so 3 + 2 * 2 = 7. Rows that sample: 8 and 1
    double layer = 50 + 7 + decodeOfOne();
    assertEquals((100 + 1 + 2 * layer + 5.25) * 1e3, (double) times().nanos(batch, TABLE), 1);
  }

  /** Below the fewest sequences measured the time is theirs at the same context: 2 of 50 each, the least. */
  private static double decodeOfOne() {
    return 4;
  }

  @Test
  void prefillIsAListSchedule() {
    assertArrayEquals(new int[] {200, 192, 128, 64}, PrefillTimes.contextsOf(200, 0));
    assertArrayEquals(new int[] {110, 64 + 10}, PrefillTimes.contextsOf(100, 10));
    PrefillTimes times = new PrefillTimes(3, 2, 2.5, 2, 3);
    // tiles 4, 3, 2, 1 on three slots: 4 | 3 | 2 1; more blocks than processors
    assertEquals(3 + 2.5 * 4, times.micros(new int[] {200, 192, 128, 64}, 4, 1), 1e-9);
    // 3, 3 and 3, 3: the fourth waits for a slot
    assertEquals(3 + 2.5 * 6, times.micros(new int[] {192, 192}, 2, 2), 1e-9);
    assertEquals(3 + 2 * 3.0, times.micros(new int[] {192, 192}, 2, 1), 1e-9);
  }

  @Test
  void saysWhatIsMissing() throws IOException {
    times();
    write("constants.csv", "name,value");
    String what = String.valueOf(
        assertThrows(InputException.class, () -> new KernelTimes(folder, 2, 2, 16, 256))
            .getMessage());
    assertTrue(what.endsWith("constants.csv has no prefill_launch_us"), what);
  }
}
