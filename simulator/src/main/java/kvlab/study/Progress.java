package kvlab.study;

import java.io.PrintStream;
import java.util.Locale;
import kvlab.metrics.Probe;
import kvlab.metrics.Rejection;
import kvlab.metrics.RequestProbe;
import kvlab.metrics.RequestView;

/**
 * Says how far a run is, on a stream for people, once it takes longer than a second. On a terminal one
 * line is rewritten; elsewhere a line comes every few seconds.
 */
public final class Progress {
  private static final long QUIET_NANOS = 1_000_000_000L;
  private static final long TERMINAL_NANOS = 200_000_000L;
  private static final long PLAIN_NANOS = 5_000_000_000L;
  private static final int LOOK_EVERY = 256;

  private final PrintStream out;
  private final boolean terminal;
  private final String what;
  private final long total;
  private final long startNanos = System.nanoTime();
  private long done;
  private long nextNanos = startNanos + QUIET_NANOS;
  private boolean shown;

  /** Progress towards so many requests. */
  public Progress(PrintStream out, boolean terminal, String what, long total) {
    this.out = out;
    this.terminal = terminal;
    this.what = what;
    this.total = total;
  }

  /** A probe that counts the requests of one run; runs may be in several threads. */
  public Probe probe() {
    return new Counter();
  }

  private synchronized void add(int requests) {
    done += requests;
    long now = System.nanoTime();
    if (now >= nextNanos) {
      nextNanos = now + (terminal ? TERMINAL_NANOS : PLAIN_NANOS);
      shown = true;
      String line = String.format(
          Locale.ROOT,
          "%s: %,d of %,d requests (%d %%), %.1f s",
          what,
          done,
          total,
          total == 0 ? 100 : 100 * done / total,
          (now - startNanos) / 1e9);
      out.print(terminal ? "\r" + line : line + System.lineSeparator());
      out.flush();
    }
  }

  /** Clears the line. */
  public synchronized void end() {
    if (shown && terminal) {
      out.print("\r\u001b[K");
      out.flush();
    }
  }

  private final class Counter implements RequestProbe {
    private int counted;

    @Override
    public void onFinish(RequestView request) {
      count();
    }

    @Override
    public void onReject(RequestView request, Rejection reason) {
      count();
    }

    private void count() {
      if (++counted == LOOK_EVERY) {
        add(counted);
        counted = 0;
      }
    }

    @Override
    public void onEnd(long endNanos) {
      add(counted);
    }
  }
}
