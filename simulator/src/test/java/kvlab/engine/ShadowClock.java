package kvlab.engine;

import java.util.Arrays;
import kvlab.kv.PageTable;
import kvlab.step.Batch;
import kvlab.step.StepClock;

/**
 * A device in miniature: writes a tag of owner and position into the slot of every token that a step
 * computes, and reads back the tags of the whole context, as attention would. A page that two rows
 * share, lose or mix up makes a tag wrong.
 */
final class ShadowClock implements StepClock {
  private final long[] arena;
  private final long[] tenant; // [row] changes with every new sequence in the row
  private long tenants;

  ShadowClock(PageTable table) {
    arena = new long[table.pool().slots()];
    tenant = new long[table.rows()];
    Arrays.fill(arena, -1);
  }

  @Override
  public long nanos(Batch batch, PageTable table) {
    for (int i = 0; i < batch.size(); i++) {
      int row = batch.row(i);
      if (batch.context(i) == 0) {
        tenant[row] = ++tenants;
      }
      for (int p = batch.context(i); p < batch.context(i) + batch.tokens(i); p++) {
        arena[table.slot(row, p)] = tag(row, p);
      }
    }
    for (int i = 0; i < batch.size(); i++) {
      int row = batch.row(i);
      for (int p = 0; p < batch.context(i) + batch.tokens(i); p++) {
        if (arena[table.slot(row, p)] != tag(row, p)) {
          throw new IllegalStateException("row " + row + " lost the KV of token " + p);
        }
      }
    }
    return 1_000_000 + 1_000 * batch.totalTokens() + 10 * batch.totalContext();
  }

  private long tag(int row, int position) {
    return (tenant[row] << 32) | position;
  }
}
