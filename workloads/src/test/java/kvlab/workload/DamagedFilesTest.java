package kvlab.workload;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.github.luben.zstd.Zstd;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever happens to a file, it is read or refused in one line; nothing else gets out. */
class DamagedFilesTest {
  private static final int ROUNDS = 1_500;
  private static final String SPLICES = "\",\r\n{}[]:-.e9X \\\0\u00e9";

  @ParameterizedTest
  @ValueSource(
      strings = {
        """
        TIMESTAMP,ContextTokens,GeneratedTokens\r
        2023-11-16 18:15:46.6805900,374,44\r
        2023-11-16 18:15:50.9951690+00:00,396,109\r
        """,
        "Timestamp,Model,Request tokens,Response tokens\n\"5\",\"a,b\",4,5\n4.5e1,m,3,0\n",
        "arrival_s,prompt_tokens,output_tokens,priority,prompt_key,hash_ids\n0.5,9,9,-1,4,1 -2\n",
        "{\"timestamp\": 0.5, \"x\": {\"y\": [\"\\\"\"]}, \"input_length\": 9,"
            + " \"output_length\": 8, \"hash_ids\": [1, 2]}\n",
      })
  void readsOrRefuses(String text) {
    byte[] whole = text.getBytes(UTF_8);
    byte[] zstd = Zstd.compress(whole);
    for (long seed = 0; seed < ROUNDS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      check(damaged(seed % 4 == 0 ? zstd : whole, random), seed);
    }
  }

  private static void check(byte[] bytes, long seed) {
    try {
      LoadedTrace<Trace> loaded = Loading.load(bytes, Optional.empty(), ReadOptions.DEFAULT);
      assertEquals(loaded.rows().used(), loaded.trace().size(), "seed " + seed);
      TraceSummary.of(loaded.trace());
    } catch (InputException refused) {
      String message = String.valueOf(refused.getMessage());
      assertEquals(1, message.lines().count(), "seed " + seed + ": " + message);
      assertTrue(message.startsWith("t.csv:"), "seed " + seed + ": " + message);
    } catch (RuntimeException escaped) {
      fail("seed " + seed, escaped);
    }
  }

  private static byte[] damaged(byte[] whole, SplittableRandom random) {
    byte[] bytes = whole.clone();
    for (int damages = random.nextInt(1, 4); damages > 0; damages--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] = (byte) random.nextInt(256);
        case 1 -> bytes[at] = (byte) SPLICES.charAt(random.nextInt(SPLICES.length()));
        case 2 -> bytes = Arrays.copyOf(bytes, Math.max(1, at));
        default -> {
          int from = random.nextInt(bytes.length);
          int n = Math.min(bytes.length - at, bytes.length - from);
          System.arraycopy(bytes, from, bytes, at, n);
        }
      }
    }
    return bytes;
  }
}
