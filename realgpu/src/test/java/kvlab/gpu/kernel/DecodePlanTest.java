package kvlab.gpu.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** One plan worked by hand, and the laws of all. */
final class DecodePlanTest {
  private static final int RESIDENT = 264; // two blocks on each of 132 multiprocessors

  @Test
  void cutsLongRowsAndTakesTheLongestPartFirst() {
    DecodePlan plan = new DecodePlan(3, 1, 1);
    plan.fill(new int[] {0, 40, 1000}, 3, 528);
    // 1000 in parts of at most 528: two of 500, up to tiles
    assertArrayEquals(
        new int[] {2, 0, 512, 0, 2, 512, 1000, 1, 1, 0, 40, -1, 0, 0, 0, -1},
        Arrays.copyOf(plan.work(), 16));
    assertArrayEquals(new int[] {0, 0, 0, 0, 0, 2}, plan.parts());
    assertEquals(4, plan.items());
  }

  /** 8 heads on 264 resident blocks: what fills half the device has at most 16 items, all of it 33. */
  @Test
  void fillsTheDevice() {
    assertEquals(16, items(1, 1024)); // of 64 tokens: a tile for each warp
    assertEquals(16, items(1, 16384));
    assertEquals(32, items(8, 8192));
    assertEquals(32, items(32, 4096)); // as they are: 256 blocks
    assertEquals(256, items(256, 1024)); // as they are: the last of eight waves is short
  }

  /** 64 rows are two waves of half a share each; a fifth of the tokens goes in parts of a 16th of it. */
  @Test
  void cutsTheLastRowsFiner() {
    int[] contexts = new int[64];
    Arrays.fill(contexts, 8192);
    DecodePlan plan = new DecodePlan(64, 8, RESIDENT);
    plan.fill(contexts, 64);
    // a share is 64 * 8192 / 33 = 15,887 tokens: a part is 0.516 of it, and 0.4 of that is 20.6% of
    // 64 rows, 13.2;
    // a 16th of it is 992 tokens, 9 parts a row, but 50 + 14 * 9 items are more than 64 and three
    // waves of 33: so 8
    assertEquals(50 + 14 * 8, plan.items());
    int last = 4 * (plan.items() - 1);
    assertEquals(8192, plan.work()[2] - plan.work()[1]);
    assertEquals(1024, plan.work()[last + 2] - plan.work()[last + 1]);
  }

  /** Four rows of eight times the others' context would go on alone, at a fraction of what memory gives. */
  @Test
  void cutsTheLongRowsOfASkewedBatch() {
    DecodePlan plan = new DecodePlan(32, 8, RESIDENT);
    int[] contexts = new int[32];
    for (int row = 0; row < 32; row++) {
      contexts[row] = row % 8 == 0 ? 65_536 : 8192;
    }
    plan.fill(contexts, 32);
    assertTrue(plan.work()[2] - plan.work()[1] <= 16_384, "the longest part");
  }

  private static int items(int rows, int context) {
    DecodePlan plan = new DecodePlan(rows, 8, RESIDENT);
    int[] contexts = new int[rows];
    Arrays.fill(contexts, context);
    plan.fill(contexts, rows);
    return plan.items();
  }

  @Test
  void everyTokenIsInExactlyOnePart() {
    for (long seed = 0; seed < 500; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int rows = 1 + random.nextInt(20);
      int[] contexts = random.ints(rows, 0, 5000).toArray();
      DecodePlan plan =
          new DecodePlan(rows + random.nextInt(3), 1 + random.nextInt(8), 1 + random.nextInt(400));
      plan.fill(contexts, rows);
      int[] covered = new int[rows];
      for (int i = 0; i < plan.items(); i++) {
        int[] item = Arrays.copyOfRange(plan.work(), 4 * i, 4 * i + 4);
        assertEquals(0, item[1] % 16, "seed " + seed);
        covered[item[0]] += item[2] - item[1];
        assertEquals(plan.parts()[2 * item[0] + 1] > 0, item[3] >= 0, "seed " + seed);
      }
      assertArrayEquals(contexts, covered, "seed " + seed);
      assertTrue(plan.items() <= plan.maxItems(rows), "seed " + seed);
    }
  }
}
