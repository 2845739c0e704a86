package kvlab.metrics;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import kvlab.sched.Decisions;
import kvlab.sched.IntList;
import kvlab.sched.Requests;
import kvlab.step.Batch;

/**
 * Who did what in each step, one CSV line per step, with the columns of the recorded vLLM schedules. A
 * cell is a list of request ids separated by semicolons, each with a number where there is one to say.
 *
 * <pre>
 *   scheduled        id:tokens, in the scheduler's order
 *   preempted        id:tokens lost; of a scheduler that swaps, with :R or :S, recompute or swap
 *   admitted_cached  id:tokens that were in the pool
 *   running          order after scheduling
 *   waiting          order of admission
 *   finished         order scheduled
 *   swapped          order of return
 *   ignored
 * </pre>
 *
 * For comparing schedules: lines are as long as the queues.
 */
public final class DetailLog implements Probe {
  private static final String HEADER =
      "step,scheduled,preempted,admitted_cached,running,waiting,finished";
  private static final int FLUSH_CHARS = 1 << 16;

  private final OutputStream out;
  private final boolean withSwapping;
  private final StringBuilder text = new StringBuilder();
  private final IntList waiting = new IntList();

  /**
   * A log on a stream.
   *
   * @param withSwapping with the further columns of a scheduler that swaps, as recorded of vLLM V0
   */
  public DetailLog(OutputStream out, boolean withSwapping) {
    this.out = out;
    this.withSwapping = withSwapping;
    text.append(HEADER).append(withSwapping ? ",swapped,ignored\n" : "\n");
  }

  @Override
  public void onStep(StepView step) {
    Requests requests = step.requests();
    Decisions decisions = step.scheduler().decisions();
    waiting.clear();
    step.scheduler().copyWaiting(waiting);
    text.append(step.index());
    scheduled(requests, step.batch());
    preempted(requests, decisions);
    admitted(requests, decisions);
    ids(requests, step.scheduler().running());
    ids(requests, waiting);
    ids(requests, step.finished());
    if (withSwapping) {
      ids(requests, decisions.swapped());
      ids(requests, decisions.ignored());
    }
    text.append('\n');
    if (text.length() >= FLUSH_CHARS) {
      write();
    }
  }

  private void scheduled(Requests requests, Batch batch) {
    for (int i = 0; i < batch.size(); i++) {
      entry(i, requests.id(batch.request(i)));
      text.append(':').append(batch.tokens(i));
    }
    endCell(batch.size());
  }

  private void preempted(Requests requests, Decisions decisions) {
    IntList preempted = decisions.preempted();
    for (int i = 0; i < preempted.size(); i++) {
      int request = preempted.get(i);
      boolean swapped = decisions.wasSwappedOut(i);
      int tokens =
          swapped ? requests.computedTokens(request) : decisions.lostTokens().get(i);
      entry(i, requests.id(request));
      text.append(':').append(tokens);
      if (withSwapping) {
        text.append(swapped ? ":S" : ":R");
      }
    }
    endCell(preempted.size());
  }

  private void admitted(Requests requests, Decisions decisions) {
    IntList admitted = decisions.admitted();
    for (int i = 0; i < admitted.size(); i++) {
      entry(i, requests.id(admitted.get(i)));
      text.append(':').append(decisions.cachedTokens().get(i));
    }
    endCell(admitted.size());
  }

  private void ids(Requests requests, IntList list) {
    for (int i = 0; i < list.size(); i++) {
      entry(i, requests.id(list.get(i)));
    }
    endCell(list.size());
  }

  private void entry(int index, long id) {
    text.append(index == 0 ? ',' : ';').append(id);
  }

  private void endCell(int entries) {
    if (entries == 0) {
      text.append(',');
    }
  }

  private void write() {
    try {
      out.write(text.toString().getBytes(StandardCharsets.US_ASCII));
      text.setLength(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void onEnd(long endNanos) {
    write();
    try {
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
