package kvlab.step;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class SplitPlanTest {
  /** FlashAttention's own example: 48 blocks on 108 places, 89% with two parts and 67% with three. */
  @Test
  void theFewestPartsThatNearlyFillTheLastWave() {
    assertEquals(2, new SplitPlan(54, 1).parts(48));
  }

  /** 80% of twice the multiprocessors is enough: 204.8 blocks of an RTX 4090, 300.8 of an RTX PRO 6000. */
  @Test
  void aBatchThatFillsTheGpuIsNotSplit() {
    SplitPlan rtx4090 = new SplitPlan(128, 8);
    assertEquals(
        4, rtx4090.parts(24)); // 192 blocks, 75% of 256 places; four parts fill three waves
    assertEquals(1, rtx4090.parts(26));
    assertEquals(1, rtx4090.parts(32));
    assertEquals(2, rtx4090.parts(16)); // half of them
    assertEquals(28, rtx4090.parts(1)); // 224 of 256: 87.5%
    SplitPlan rtxPro6000 = new SplitPlan(188, 8);
    assertEquals(4, rtxPro6000.parts(32)); // 1024 of 3 x 376 places: 91%
    assertEquals(1, rtxPro6000.parts(40));
    assertEquals(1, rtxPro6000.parts(1000));
  }
}
