package kvlab.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class PageIndexTest {
  /** Against a map of lists, with hashes that collide in the table. */
  @Test
  void findsTheEarliestPageOfAHash() {
    for (long seed = 0; seed < 300; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int pages = 1 + random.nextInt(40);
      PageIndex index = new PageIndex(pages);
      Map<Long, List<Integer>> model = new HashMap<>();
      long[] hashOf = new long[pages];
      for (int call = 0; call < 500; call++) {
        int page = random.nextInt(pages);
        if (index.contains(page)) {
          index.remove(page);
          model.getOrDefault(hashOf[page], List.of()).remove(Integer.valueOf(page));
        } else {
          hashOf[page] = random.nextInt(20) * 64L; // many share a home slot
          index.add(page, hashOf[page]);
          model.computeIfAbsent(hashOf[page], h -> new ArrayList<>()).add(page);
        }
        for (int h = 0; h < 20; h++) {
          List<Integer> expected = model.getOrDefault(h * 64L, List.of());
          int first = expected.isEmpty() ? PageTable.NO_PAGE : expected.get(0);
          assertEquals(first, index.find(h * 64L), "seed=" + seed + " call=" + call);
        }
      }
    }
  }
}
