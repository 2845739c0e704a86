package kvlab.metrics;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;

/**
 * One CSV line per request in order of arrival, -1 for what never happened. Lines wait in a ring for
 * the requests before them, so memory follows the requests in flight.
 */
public final class RequestLog implements RequestProbe {
  private static final String HEADER =
      "id,arrival_ns,first_scheduled_ns,first_token_ns,finish_ns,n_preemptions,"
          + "cached_prompt_tokens";
  private static final int CELLS = 7;
  private static final long EMPTY = Long.MIN_VALUE;

  private final CsvLines lines;
  private long[] ring = emptyRing(1024); // [sequence % capacity][CELLS]
  private long next; // sequence of the next line

  public RequestLog(OutputStream out) {
    this.lines = new CsvLines(out, HEADER);
  }

  private static long[] emptyRing(int capacity) {
    long[] ring = new long[capacity * CELLS];
    Arrays.fill(ring, EMPTY);
    return ring;
  }

  @Override
  public void onFinish(RequestView request) {
    keep(request);
  }

  @Override
  public void onReject(RequestView request, Rejection reason) {
    keep(request);
  }

  @Override
  public void onUnfinished(RequestView request) {
    keep(request);
  }

  private void keep(RequestView request) {
    while (request.sequence() - next >= ring.length / CELLS) {
      widen();
    }
    int at = place(ring, request.sequence());
    ring[at] = request.id();
    ring[at + 1] = request.arrivalNanos();
    ring[at + 2] = request.firstScheduledNanos();
    ring[at + 3] = request.firstTokenNanos();
    ring[at + 4] = request.finishNanos();
    ring[at + 5] = request.preemptions();
    ring[at + 6] = request.cachedPromptTokens();
    writeReady();
  }

  private static int place(long[] ring, long sequence) {
    return (int) (sequence % (ring.length / CELLS)) * CELLS;
  }

  private void widen() {
    int capacity = ring.length / CELLS;
    long[] wider = emptyRing(capacity * 2);
    for (long sequence = next; sequence < next + capacity; sequence++) {
      System.arraycopy(ring, place(ring, sequence), wider, place(wider, sequence), CELLS);
    }
    ring = wider;
  }

  private void writeReady() {
    for (int at = place(ring, next); ring[at] != EMPTY; at = place(ring, next)) {
      for (int cell = 0; cell < CELLS; cell++) {
        lines.cell(ring[at + cell]);
      }
      lines.end();
      ring[at] = EMPTY;
      next++;
    }
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
