package kvlab.design;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import kvlab.kv.Pool;
import kvlab.workload.TraceBuilder;
import org.junit.jupiter.api.Test;

/** The server of llama.cpp by hand; a request of prompt P and output O needs F = P + O - 1 cells. */
final class LlamaCppTest {
  /**
   * {@code tools/server}: a slot has {@code n_ctx / n_parallel} cells, here 8, of the 16 that there are of
   * 20; nothing is reserved beyond. F is 6, 5, 2 and 9.
   */
  @Test
  void splitSlotsHaveTheirShareOfTheContext() {
    assertEquals(
        List.of(
            "3 NEVER_FITS",
            // reserved 1 + 2, internal 2 + 3
            "0:5 1:3; live 8, reserved 3, internal 5, withheld 4",
            "0:1 1:1; live 10, reserved 1, internal 5, withheld 4",
            // the slot of request 0 serves request 2 at once: internal 3 + 6
            "1:1 2:2; live 7, internal 9, withheld 4"),
        Steps.of(
            "llamacpp",
            new Pool(20, 1),
            10,
            Map.of("parallel", "2", "n-ctx", "16", "unified", "off"),
            new TraceBuilder("four")
                .add(0, 0, 5, 2)
                .add(1, 0, 3, 3)
                .add(2, 0, 2, 1)
                .add(3, 0, 8, 2)));
  }

  /**
   * Pull request 16736: slots share the cells, and the last active one gives way when they are used up.
   * Two sequences of 5 fill 10 cells; request 1 computes its 6 tokens again once request 0 is done.
   */
  @Test
  void unifiedSlotsShareTheCells() {
    assertEquals(
        List.of(
            "0:4 1:4; live 8, idle 2",
            "0:1 1:1; live 10",
            "0:1; live 6, short 4; preempts 1",
            "0:1; live 7, short 3",
            "1:6; live 6, idle 4"),
        Steps.of(
            "llamacpp",
            new Pool(10, 1),
            8,
            Map.of("parallel", "2"),
            new TraceBuilder("two").add(0, 0, 4, 4).add(1, 0, 4, 3)));
  }

  /** {@code update_slots}: prompts are split at {@code n_batch}, after the tokens of decoding slots. */
  @Test
  void splitsPromptsAtTheBatch() {
    assertEquals(
        List.of("0:2 1:2; live 4, idle 12", "0:1 1:3; live 8, idle 8", "1:1; live 6, idle 10"),
        Steps.of(
            "llamacpp",
            new Pool(16, 1),
            8,
            Map.of("parallel", "2", "max-num-batched-tokens", "4"),
            new TraceBuilder("two").add(0, 0, 2, 2).add(1, 0, 6, 1)));
  }
}
