package kvlab.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class PageHashesTest {
  /**
   * Two pages have equal hashes when and only when the tokens up to their end are equal; tokens are
   * spelled out as the trace means them.
   */
  @Test
  void equalHashesMeanEqualTokens() {
    for (long seed = 0; seed < 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int pageTokens = 1 + random.nextInt(20);
      int unitTokens = 1 + random.nextInt(20);
      PageHashes hashes = new PageHashes(pageTokens);
      Map<String, Long> hashOf = new HashMap<>();
      Map<Long, String> tokensOf = new HashMap<>();
      for (int request = 0; request < 8; request++) {
        int prompt = 1 + random.nextInt(60);
        int key = random.nextInt(2);
        int[] ids = new int[random.nextInt(1 + prompt / unitTokens + 1)];
        for (int i = 0; i < ids.length; i++) {
          ids[i] = random.nextInt(2);
        }
        hashes.start(request, request, prompt, key, unitTokens, ids.length, i -> ids[i]);
        StringBuilder tokens = new StringBuilder();
        int known = prompt + 30;
        for (int p = 0; p < known; p++) {
          if (p >= prompt) {
            tokens.append(" g").append(request).append('.').append(p);
          } else if (p < ids.length * unitTokens) {
            tokens.append(" u").append(ids[p / unitTokens]).append('.').append(p % unitTokens);
          } else {
            tokens.append(" k").append(key).append('.').append(p);
          }
          if ((p + 1) % pageTokens == 0) {
            long hash = hashes.hash(request, p / pageTokens);
            String text = tokens.toString();
            String reproduce = "seed=" + seed + " request=" + request + " position=" + p;
            assertEquals(hashOf.computeIfAbsent(text, t -> hash), hash, reproduce);
            assertEquals(tokensOf.computeIfAbsent(hash, h -> text), text, reproduce);
          }
        }
      }
    }
  }

  @Test
  void aHandleThatIsUsedAgainHasNewTokens() {
    PageHashes hashes = new PageHashes(4);
    hashes.start(0, 10, 8, 10, 0, 0, i -> 0);
    long generated = hashes.hash(0, 2);
    hashes.start(0, 11, 8, 10, 0, 0, i -> 0);
    assertNotEquals(generated, hashes.hash(0, 2));
  }
}
