package kvlab.step;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class BatchTest {
  private record Sequence(int request, int tokens, int context, boolean decodes) {}

  /** Whatever a batch went through, it is the batch that is filled anew with the same sequences. */
  @Test
  void isWhatItsSequencesMakeIt() {
    for (long seed = 0; seed < 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Batch batch = new Batch(12);
      List<Sequence> expected = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        change(batch, expected, i, random);
        assertEquals(say(anew(expected)), say(batch), "seed=" + seed + " change=" + i);
      }
    }
  }

  private static void change(Batch batch, List<Sequence> expected, int i, SplittableRandom random) {
    if (expected.size() < 12 && random.nextInt(3) > 0) {
      boolean decodes = random.nextInt(3) > 0;
      int tokens = decodes ? 1 : 1 + random.nextInt(50);
      Sequence added = new Sequence(i, tokens, random.nextInt(200), decodes);
      batch.add(i, 2 * i, tokens, added.context, decodes);
      expected.add(added);
    } else if (!expected.isEmpty() && random.nextBoolean()) {
      Sequence removed = expected.remove(random.nextInt(expected.size()));
      assertEquals(removed.tokens, batch.remove(removed.request));
      assertEquals(0, batch.remove(removed.request));
    } else {
      int decoding = 0;
      while (decoding < expected.size() && expected.get(decoding).decodes) {
        decoding++;
      }
      int kept = random.nextInt(decoding + 1);
      batch.repeatFirst(kept);
      expected.subList(kept, expected.size()).clear();
      expected.replaceAll(each -> new Sequence(each.request, 1, each.context + 1, true));
    }
  }

  private static Batch anew(List<Sequence> sequences) {
    Batch batch = new Batch(12);
    for (Sequence each : sequences) {
      batch.add(each.request, 2 * each.request, each.tokens, each.context, each.decodes);
    }
    return batch;
  }

  private static String say(Batch batch) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < batch.size(); i++) {
      text.append(batch.request(i)).append(' ').append(batch.row(i)).append(' ');
      text.append(batch.tokens(i)).append('@').append(batch.context(i)).append('\n');
    }
    return text + "decodes " + batch.decodes() + ", longest " + batch.longestDecode() + ", reading "
        + batch.decodeContext() + "; tokens " + batch.totalTokens() + ", context "
        + batch.totalContext() + ", pairs " + batch.totalPairs();
  }
}
