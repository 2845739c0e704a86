package kvlab.step;

import kvlab.kv.PageTable;

/**
 * A step time in whole nanoseconds that any other program can reproduce exactly:
 *
 * <pre>
 *   ns = base + perToken * T + perContext * X
 *   T  = tokens computed in the step
 *   X  = sum over the step's sequences of tokens computed before it and in it
 * </pre>
 *
 * An empty step takes the base. Copies, transfers and pauses cost nothing here.
 */
public record LinearStepTime(long baseNanos, long perTokenNanos, long perContextNanos)
    implements StepClock {
  public LinearStepTime {
    if (baseNanos < 1 || perTokenNanos < 0 || perContextNanos < 0) {
      throw new IllegalArgumentException(
          "a linear step time needs a base of at least 1 ns and no negative part: "
              + baseNanos
              + ","
              + perTokenNanos
              + ","
              + perContextNanos);
    }
  }

  @Override
  public long nanos(Batch batch, PageTable table) {
    return baseNanos + perTokenNanos * batch.totalTokens() + perContextNanos * batch.totalContext();
  }

  @Override
  public boolean readsTotalsOnly() {
    return true;
  }
}
