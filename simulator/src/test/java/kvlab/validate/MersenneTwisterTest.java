package kvlab.validate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import kvlab.workload.Trace;
import kvlab.workload.Traces;
import org.junit.jupiter.api.Test;

final class MersenneTwisterTest {
  /** numpy.random.seed(0); numpy.random.rand(3). */
  @Test
  void drawsWhatNumpyDraws() {
    MersenneTwister random = MersenneTwister.numpy(0);
    assertEquals(0.5488135039273248, random.nextDouble());
    assertEquals(0.7151893663724195, random.nextDouble());
    assertEquals(0.6027633760716439, random.nextDouble());
  }

  /** random.seed(0); random.random(); x = list(range(10)); random.seed(0); random.shuffle(x). */
  @Test
  void drawsAndShufflesWhatPythonDoes() {
    assertEquals(0.8444218515250481, MersenneTwister.python(0).nextDouble());
    int[] values = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    MersenneTwister.python(0).shuffle(values);
    assertArrayEquals(new int[] {7, 8, 1, 5, 3, 4, 2, 0, 9, 6}, values);
  }

  @Test
  void drawsTheRecordedArtifactStreamRequestForRequest() {
    Path traces = Path.of(System.getProperty("kvlab.shared"), "traces");
    Path stream = traces.resolve("sosp23_sharegpt_stream_r2.0.csv.gz");
    assumeTrue(Files.exists(stream), "the recorded stream is not here: " + stream);
    Trace recorded = Traces.load(stream.toString()).trace();
    Trace lengths = Traces.load(
            traces.resolve("sosp23_sharegpt_opt_lengths.csv.gz").toString())
        .trace();
    Trace drawn = ArtifactTrace.draw(lengths, 2048, 2, 3600);
    assertEquals(recorded.size(), drawn.size());
    for (int i = 0; i < recorded.size(); i++) {
      String request = "request " + i;
      assertEquals(recorded.arrivalNanos(i), drawn.arrivalNanos(i), request);
      assertEquals(recorded.promptTokens(i), drawn.promptTokens(i), request);
      assertEquals(recorded.outputTokens(i), drawn.outputTokens(i), request);
    }
  }
}
