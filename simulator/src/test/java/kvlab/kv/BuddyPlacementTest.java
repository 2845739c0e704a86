package kvlab.kv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Worked by hand from the artifact's rules: kv-systems.md 3.1.1 and its unit vectors V9. */
final class BuddyPlacementTest {
  private static final int PAGES = 983; // OPT-13B on an A100-40GB, pages of 16

  @Test
  void cutsThePoolGreedilyIntoPowersOfTwo() {
    BuddyPlacement buddy = new BuddyPlacement(PAGES, 128);
    assertArrayEquals(new int[] {0, 128, 256, 384, 512, 640, 768}, buddy.freeRuns(128));
    assertArrayEquals(new int[] {896}, buddy.freeRuns(64));
    assertArrayEquals(new int[] {}, buddy.freeRuns(32));
    assertArrayEquals(new int[] {960}, buddy.freeRuns(16));
    assertArrayEquals(new int[] {976}, buddy.freeRuns(4));
    assertArrayEquals(new int[] {980}, buddy.freeRuns(2));
    assertArrayEquals(new int[] {982}, buddy.freeRuns(1));
    assertEquals(PAGES, buddy.freePages());
  }

  @Test
  void servesSevenSequencesOfTheMaximumAndLeaves87PagesOf983() {
    BuddyPlacement buddy = new BuddyPlacement(PAGES, 128);
    for (int i = 0; i < 7; i++) {
      assertEquals((6 - i) * 128, buddy.take(128), "the run freed last is taken first");
    }
    assertEquals(PageTable.NO_PAGE, buddy.take(128));
    assertEquals(87, buddy.freePages());
  }

  @Test
  void roundsUpToAPowerOfTwo() {
    BuddyPlacement buddy = new BuddyPlacement(PAGES, 128);
    assertEquals(32, buddy.granted(32)); // 499 tokens
    assertEquals(64, buddy.granted(43)); // 673 tokens
    assertEquals(128, buddy.granted(65)); // 1,030 tokens: a whole chunk of 2,048
  }

  @Test
  void splitsTheSmallestRunThatFitsAndKeepsTheUpperHalves() {
    BuddyPlacement buddy = new BuddyPlacement(128, 128);
    assertEquals(0, buddy.take(20)); // 32 of 128: upper halves 64 and 32 stay free
    assertArrayEquals(new int[] {64}, buddy.freeRuns(64));
    assertArrayEquals(new int[] {32}, buddy.freeRuns(32));
    assertEquals(32, buddy.take(32));
    assertEquals(64, buddy.take(8));
    assertArrayEquals(new int[] {72}, buddy.freeRuns(8));
    assertArrayEquals(new int[] {80}, buddy.freeRuns(16));
    assertArrayEquals(new int[] {96}, buddy.freeRuns(32));
  }

  @Test
  void mergesWithAFreeTwinOnly() {
    BuddyPlacement buddy = new BuddyPlacement(64, 64);
    int[] runs = {buddy.take(16), buddy.take(16), buddy.take(16), buddy.take(16)};
    assertArrayEquals(new int[] {0, 16, 32, 48}, runs);
    buddy.give(16, 16);
    buddy.give(32, 16); // neighbours, but not twins: 16 ^ 16 = 0, 32 ^ 16 = 48
    assertArrayEquals(new int[] {16, 32}, buddy.freeRuns(16));
    buddy.give(0, 16);
    assertArrayEquals(new int[] {0}, buddy.freeRuns(32));
    buddy.give(48, 16);
    assertArrayEquals(new int[] {0}, buddy.freeRuns(64));
  }

  @Test
  void neverMergesBeyondTheLongestRun() {
    BuddyPlacement buddy = new BuddyPlacement(256, 128);
    buddy.give(buddy.take(128), 128);
    assertArrayEquals(new int[] {0, 128}, buddy.freeRuns(128));
  }

  @Test
  void refusesWhatNoRunCanHold() {
    BuddyPlacement buddy = new BuddyPlacement(100, 128); // runs of 64, 32, 4
    assertEquals(64, buddy.largestRequestPages());
    assertEquals(PageTable.NO_PAGE, buddy.take(65));
    assertEquals(PageTable.NO_PAGE, buddy.take(1000));
    assertEquals(100, buddy.freePages());
  }
}
