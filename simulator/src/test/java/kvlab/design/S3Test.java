package kvlab.design;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import kvlab.kv.Pool;
import kvlab.workload.TraceBuilder;
import org.junit.jupiter.api.Test;

/** S3 (arXiv 2306.06000) by hand; a request of prompt P and output O needs F = P + O - 1 slots. */
final class S3Test {
  /**
   * Outputs of 3 and 2 are in the bucket of 4: claims of 6 + 4 and 5 + 4 in a pool of 16. F of request 0
   * is 8: two of its slots are over-estimate.
   */
  @Test
  void admitsWhatIsPredictedToFit() {
    assertEquals(
        List.of(
            "0:6; live 6, reserved 2, internal 2, short 6",
            "0:1; live 7, reserved 1, internal 2, short 6",
            "0:1; live 8, internal 2, short 6",
            "1:5; live 5, reserved 1, internal 3, idle 7",
            "1:1; live 6, internal 3, idle 7"),
        Steps.of(
            "s3",
            new Pool(16, 1),
            16,
            Map.of("prediction-error", "0", "bucket", "4"),
            new TraceBuilder("two").add(0, 0, 6, 3).add(1, 0, 5, 2)));
  }

  /**
   * The output of 10 is taken for 5 (see {@code PredictedLengthTest}): 9 slots for a need of 13. The
   * tenth token overflows; twice 9 slots are reserved and 10 tokens computed again.
   */
  @Test
  void doublesAReservationThatWasTooShort() {
    assertEquals(
        List.of(
            "2:4; live 4, reserved 5, idle 31",
            "2:1; live 5, reserved 4, idle 31",
            "2:1; live 6, reserved 3, idle 31",
            "2:1; live 7, reserved 2, idle 31",
            "2:1; live 8, reserved 1, idle 31",
            "2:1; live 9, idle 31",
            "; short 40; preempts 2",
            "2:10; live 10, reserved 3, internal 5, idle 22",
            "2:1; live 11, reserved 2, internal 5, idle 22",
            "2:1; live 12, reserved 1, internal 5, idle 22",
            "2:1; live 13, internal 5, idle 22"),
        Steps.of(
            "s3",
            new Pool(40, 1),
            32,
            Map.of("prediction-error", "0.5", "bucket", "1"),
            new TraceBuilder("one").add(2, 0, 4, 10)));
  }

  /** Twice 9 is more than the 14 that a sequence may have: 14 are reserved. F is 13. */
  @Test
  void doublesToTheLongestSequenceAtMost() {
    assertEquals(
        "2:10; live 10, reserved 3, internal 1, idle 6",
        Steps.of(
                "s3",
                new Pool(20, 1),
                14,
                Map.of("prediction-error", "0.5", "bucket", "1"),
                new TraceBuilder("one").add(2, 0, 4, 10))
            .get(7));
  }
}
