package kvlab.step;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kvlab.kv.Layers;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import org.junit.jupiter.api.Test;

/** One decode over 100 tokens of context beside a prompt of 20: T = 21, X = 101 + 20, Y = 101 + 210. */
final class StepTimeTest {
  private static final PageTable TABLE = new PageTable(new Pool(1, 16), 1);
  private static final SharesStepTime SHARES = new SharesStepTime(1000, 500, 10, 2, 0.5, 3, 4);

  private static Batch batch() {
    Batch batch = new Batch(4);
    batch.add(0, 0, 1, 100, true);
    batch.add(1, 1, 20, 0, false);
    return batch;
  }

  @Test
  void countsWhatStepTimesScaleWith() {
    Batch batch = batch();
    assertEquals(21, batch.totalTokens());
    assertEquals(121, batch.totalContext());
    assertEquals(311, batch.totalPairs());
    assertEquals(1, batch.decodes());
    assertEquals(101, batch.decodeContext());
    assertEquals(20, batch.remove(1));
    assertEquals(0, batch.remove(1), "it is not there any more");
    assertEquals(1, batch.totalTokens());
    assertEquals(101, batch.totalContext());
    assertEquals(101, batch.totalPairs());
  }

  @Test
  void linearIsBasePlusTokensPlusContext() {
    LinearStepTime linear = new LinearStepTime(1000, 30, 2);
    assertEquals(1000 + 30 * 21 + 2 * 121, linear.nanos(batch(), TABLE));
    assertEquals(1000, linear.nanos(new Batch(1), TABLE));
  }

  @Test
  void sharesStreamTheWeightsWhileItComputes() {
    // 1000 + max(500, 210) + 242 + 155.5
    assertEquals(1898, SHARES.nanos(batch(), TABLE));
    Batch prompt = new Batch(1);
    prompt.add(0, 0, 100, 0, false);
    // 1000 + max(500, 1000) + 200 + 5050 / 2
    assertEquals(4725, SHARES.nanos(prompt, TABLE));
    assertEquals(1000, SHARES.nanos(new Batch(1), TABLE));
  }

  @Test
  void copiesTransfersAndPausesComeOnTop() {
    Batch batch = batch();
    batch.copy(7);
    batch.transfer(2);
    batch.pause(5);
    assertEquals(1932, SHARES.nanos(batch, TABLE)); // 1897.5 + 21 + 8 + 5 = 1931.5
    batch.clear();
    assertEquals(1000, SHARES.nanos(batch, TABLE));
  }

  /** One full and one sliding layer, window 4. */
  @Test
  void aSlidingLayerReadsItsWindow() {
    Batch batch = new Batch(4, new Layers(1, 1, 4));
    batch.add(0, 0, 1, 100, true); // the sliding layer reads 4 tokens
    assertEquals((101 + 4) / 2.0, batch.meanContext());
    assertEquals((101 + 4) / 2.0, batch.meanPairs());
    batch.add(1, 1, 20, 0, false); // all 20 tokens; 1 + 2 + 3 + 17 * 4 pairs
    assertEquals((121 + 24) / 2.0, batch.meanContext());
    assertEquals((311 + 78) / 2.0, batch.meanPairs());
    batch.add(2, 2, 5, 2, false); // 7 tokens; 3 + 4 * 4 pairs
    assertEquals((128 + 31) / 2.0, batch.meanContext());
    assertEquals((311 + 25 + 78 + 19) / 2.0, batch.meanPairs());
    batch.remove(1);
    batch.remove(2);
    // 1000 + max(500, 10) + 52.5 * 2 + 52.5 / 2
    assertEquals(1631, SHARES.nanos(batch, TABLE));
    assertEquals(101, batch.totalContext());
  }
}
