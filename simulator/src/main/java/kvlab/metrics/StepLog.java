package kvlab.metrics;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import kvlab.sched.IntList;
import kvlab.step.Batch;

/**
 * One CSV line per step, with the columns and at the instants of the recorded vLLM schedules: queue
 * lengths and free pages after scheduling and before anything finishes, live tokens after the step's
 * tokens were written.
 */
public final class StepLog implements Probe {
  private static final String HEADER =
      "step,t_start_ns,t_end_ns,n_running,n_waiting,scheduled_tokens,n_prefill,n_decode,"
          + "n_preempted,free_blocks,live_tokens,n_finished,n_admitted,n_resumed,cached_tokens";

  private final CsvLines lines;

  public StepLog(OutputStream out) {
    this.lines = new CsvLines(out, HEADER);
  }

  @Override
  public void onStep(StepView step) {
    Batch batch = step.batch();
    IntList running = step.scheduler().running();
    long live = 0;
    for (int i = 0; i < running.size(); i++) {
      live += step.requests().computedTokens(running.get(i));
    }
    lines
        .cell(step.index())
        .cell(step.startNanos())
        .cell(step.endNanos())
        .cell(running.size())
        .cell(step.scheduler().waiting())
        .cell(batch.totalTokens())
        .cell(batch.size() - batch.decodes())
        .cell(batch.decodes())
        .cell(step.scheduler().decisions().preempted().size())
        .cell(step.allocator().freePages())
        .cell(live)
        .cell(step.finished().size())
        .cell(step.scheduler().decisions().admitted().size())
        .cell(step.scheduler().decisions().resumed())
        .cell(step.scheduler().decisions().cachedTokens().sum())
        .end();
  }

  @Override
  public void onEnd(long endNanos) {
    try {
      lines.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
