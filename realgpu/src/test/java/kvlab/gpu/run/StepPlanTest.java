package kvlab.gpu.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import kvlab.step.Batch;
import org.junit.jupiter.api.Test;

/** Worked by hand. */
final class StepPlanTest {
  @Test
  void decodesComeFirstAndArePadded() {
    Batch batch = new Batch(4);
    batch.add(10, 0, 3, 0, false);
    batch.add(11, 1, 1, 5, true);
    batch.add(12, 2, 2, 7, false);
    batch.add(13, 3, 1, 9, true);
    StepPlan plan = new StepPlan(4, 12);
    plan.fill(batch);
    List<String> tokens = new ArrayList<>();
    for (int t = 0; t < plan.tokens(); t++) {
      tokens.add(plan.slot(t) + "@" + plan.position(t));
    }
    assertEquals(
        List.of(
            "0@5", "1@9", "-1@0", "-1@0", "-1@0", "-1@0", "-1@0", "-1@0", "2@0", "2@1", "2@2",
            "3@7", "3@8"),
        tokens);
    assertEquals(8, plan.bucket());
    assertEquals(2, plan.decodes());
    assertEquals(2, plan.passes());
    assertEquals(12, plan.passEnd(0));
    assertEquals(13, plan.passEnd(1));
    assertEquals(
        List.of(1, 3, 0, 2),
        List.of(plan.batchIndex(0), plan.batchIndex(1), plan.batchIndex(2), plan.batchIndex(3)));
  }

  @Test
  void aStepWithoutDecodesHasNoPadding() {
    Batch batch = new Batch(4);
    batch.add(10, 0, 3, 0, false);
    StepPlan plan = new StepPlan(4, 8);
    plan.fill(batch);
    assertEquals(0, plan.bucket());
    assertEquals(3, plan.tokens());
  }

  @Test
  void bucketsGrowWithTheBatch() {
    assertEquals(
        List.of(0, 8, 8, 64, 96, 256),
        List.of(
            StepPlan.bucketOf(0),
            StepPlan.bucketOf(1),
            StepPlan.bucketOf(8),
            StepPlan.bucketOf(64),
            StepPlan.bucketOf(65),
            StepPlan.bucketOf(256)));
  }
}
