package kvlab.metrics;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import kvlab.sched.Decisions;
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
  private static final String SWAP_HEADER =
      ",n_swapped,blocks_swapped_in,blocks_swapped_out,n_ignored,free_cpu_blocks";

  private final CsvLines lines;
  private final boolean withSwapping;

  public StepLog(OutputStream out) {
    this(out, false);
  }

  /**
   * A log with the further columns of a scheduler that swaps, if wanted.
   *
   * @param withSwapping as in the recorded schedules of vLLM V0
   */
  public StepLog(OutputStream out, boolean withSwapping) {
    this.lines = new CsvLines(out, withSwapping ? HEADER + SWAP_HEADER : HEADER);
    this.withSwapping = withSwapping;
  }

  @Override
  public void onStep(StepView step) {
    Batch batch = step.batch();
    Decisions decisions = step.scheduler().decisions();
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
        .cell(decisions.preempted().size())
        .cell(step.allocator().freePages())
        .cell(live)
        .cell(step.finished().size())
        .cell(decisions.admitted().size())
        .cell(decisions.resumed())
        .cell(decisions.cachedTokens().sum());
    if (withSwapping) {
      lines
          .cell(decisions.swapped().size())
          .cell(decisions.pagesSwappedIn())
          .cell(decisions.pagesSwappedOut())
          .cell(decisions.ignored().size())
          .cell(decisions.freeCpuPages());
    }
    lines.end();
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
