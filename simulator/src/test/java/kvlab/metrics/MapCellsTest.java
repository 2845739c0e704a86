package kvlab.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import kvlab.metrics.PoolMap.Rest;
import org.junit.jupiter.api.Test;

final class MapCellsTest {
  private static final int PAGES = 64;
  private static final int PAGE_TOKENS = 5;

  /** A cell of one page is what a cell of several pages would be that happens to have one. */
  @Test
  void aCellToEachPageIsAsOthersAre() {
    for (long seed = 0; seed < 200; seed++) {
      MapCells direct = MapCells.of(PAGES, 1, PAGE_TOKENS);
      MapCells counted = new SharedCells(PAGES, 1, PAGE_TOKENS);
      for (int round = 0; round < 3; round++) {
        direct.clear();
        counted.clear();
        SplittableRandom random = new SplittableRandom(seed * 3 + round);
        for (int page = 0; page < PAGES; page++) {
          add(random, page, direct, counted);
        }
        String reproduce = "seed=" + seed;
        int[][] owners = new int[2][PAGES];
        byte[][] looks = new byte[2][PAGES];
        direct.owners(owners[0]);
        counted.owners(owners[1]);
        direct.looks(looks[0]);
        counted.looks(looks[1]);
        assertArrayEquals(owners[1], owners[0], reproduce);
        assertArrayEquals(looks[1], looks[0], reproduce);
        for (Rest rest : Rest.values()) {
          assertEquals(counted.total(rest), direct.total(rest), reproduce);
        }
      }
    }
  }

  private static void add(SplittableRandom random, int page, MapCells... all) {
    int kind = random.nextInt(3);
    if (kind == 0) {
      return; // of nobody
    }
    int holder = random.nextInt(-4, 8);
    if (kind == 1) {
      Rest rest = Rest.values()[random.nextInt(Rest.values().length)];
      for (MapCells cells : all) {
        cells.add(page, holder, rest);
      }
      return;
    }
    int live = random.nextInt(PAGE_TOKENS + 1);
    int reserved = random.nextInt(PAGE_TOKENS - live + 1);
    int internal = random.nextInt(PAGE_TOKENS - live - reserved + 1);
    int rounding = PAGE_TOKENS - live - reserved - internal;
    for (MapCells cells : all) {
      cells.add(page, holder, live, reserved, internal, rounding);
    }
  }
}
