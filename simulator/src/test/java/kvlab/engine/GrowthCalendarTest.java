package kvlab.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
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
      calendar.open(due.length);
      for (int i = 0; i < due.length; i++) {
        due[i] = 1 + random.nextInt(200);
        calendar.put(i, due[i]);
      }
      for (int step = 1; step <= 400; step++) {
        List<Integer> expected = new ArrayList<>();
        for (int i = 0; i < due.length; i++) {
          if (due[i] == step) {
            expected.add(i);
          }
        }
        List<Integer> found = new ArrayList<>();
        for (int i = calendar.next(step, 0); i >= 0; i = calendar.next(step, i + 1)) {
          found.add(i);
          due[i] = step + 1 + random.nextInt(130); // as a row does that has grown
          calendar.put(i, due[i]);
        }
        assertEquals(expected, found, "seed=" + seed + " step=" + step);
      }
    }
  }
}
