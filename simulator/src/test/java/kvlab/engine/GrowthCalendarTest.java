package kvlab.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class GrowthCalendarTest {
  @Test
  void givesWhatIsDueInOrder() {
    for (long seed = 0; seed < 50; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      GrowthCalendar calendar = new GrowthCalendar();
      int[] due = new int[1 + random.nextInt(300)];
      calendar.widen(due.length);
      for (int i = 0; i < due.length; i++) {
        due[i] = 1 + random.nextInt(200);
        calendar.put(i, due[i]);
      }
      for (int step = 1; step <= 400; step++) {
        List<Integer> expected = new ArrayList<>();
        int next = Integer.MAX_VALUE;
        for (int i = 0; i < due.length; i++) {
          if (due[i] == step) {
            expected.add(i);
          }
          next = Math.min(next, due[i]);
        }
        String where = "seed=" + seed + " step=" + step;
        int before = calendar.nextStep(step - 1);
        assertTrue(before <= next && (before == next || before < step + 64), where);
        int[] found = new int[due.length];
        int count = calendar.list(step, found);
        assertEquals(expected, Arrays.stream(found, 0, count).boxed().toList(), where);
        for (int i : expected) { // as a row does that has grown, or leaves
          due[i] = random.nextInt(8) > 0 ? step + 1 + random.nextInt(130) : Integer.MAX_VALUE;
          calendar.put(i, due[i]);
        }
        int leaving = random.nextInt(due.length);
        calendar.remove(leaving);
        due[leaving] = Integer.MAX_VALUE;
        assertEquals(due[leaving], calendar.due(leaving));
      }
    }
  }
}
