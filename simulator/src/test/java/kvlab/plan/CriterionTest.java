package kvlab.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kvlab.metrics.Latency;
import kvlab.metrics.Rejection;
import org.junit.jupiter.api.Test;

/** Quantiles over requests of which some are never served, and reasons to queue, worked by hand. */
class CriterionTest {
  private static final long MILLI = 1_000_000;

  /** 98 requests with a TTFT of 1 to 98 ms and 2 that never fit: 100 values, two of them infinite. */
  @Test
  void countsMissedRequestsAsInfinite() {
    Slo slo = Slo.parse("ttft_p50=1s,ttft_p95=1s,ttft_p99=1s,ttft_mean=1s,ttft=90ms,attainment=1%");
    Load load = new Load(slo, 1, Long.MAX_VALUE);
    Latency latency = new Latency();
    for (int i = 1; i <= 98; i++) {
      Left left = new Left(i, 0, i * MILLI, i * MILLI);
      load.onFinish(left);
      latency.onFinish(left);
    }
    load.onReject(new Left(99, 0, -1, -1), Rejection.NEVER_FITS);
    load.onUnfinished(new Left(100, 0, -1, -1));
    load.onReject(new Left(101, 0, -1, -1), Rejection.OVER_MODEL_LENGTH); // not counted
    assertEquals(50.5, slo.check(latency, load).get(0).value(), 1e-9); // 0.50 x 99 = 49.5
    assertEquals(95.05, slo.check(latency, load).get(1).value(), 1e-9); // 0.95 x 99 = 94.05
    assertEquals(Double.POSITIVE_INFINITY, slo.check(latency, load).get(2).value()); // 98.01
    assertEquals(Double.POSITIVE_INFINITY, slo.check(latency, load).get(3).value());
    assertEquals(90, slo.check(latency, load).get(4).value(), 1e-9); // percent
    assertEquals(2, slo.check(latency, load).get(5).value(), 1e-9); // the missed are late
  }

  @Test
  void looksUpWhyRequestsQueued() {
    Wait wait = new Wait();
    wait.add(Wait.Reason.STEP, 10, 20);
    wait.add(Wait.Reason.MEMORY, 20, 30);
    wait.add(Wait.Reason.MEMORY, 30, 50);
    wait.add(Wait.Reason.SEQUENCES, 70, 80); // nobody queued from 50 to 70
    wait.add(Wait.Reason.MEMORY, 80, 90);
    assertEquals(30, wait.nanos(Wait.Reason.MEMORY, 10, 60));
    assertEquals(5, wait.nanos(Wait.Reason.MEMORY, 45, 75));
    assertEquals(5, wait.nanos(Wait.Reason.SEQUENCES, 45, 75));
    assertEquals(10, wait.nanos(Wait.Reason.STEP, 0, 100));
    assertEquals(40, wait.nanos(Wait.Reason.MEMORY, 0, 100));
    assertEquals(8, wait.nanos(Wait.Reason.MEMORY, 82, 95));
    assertEquals(0, wait.nanos(Wait.Reason.MEMORY, 90, 95));
  }

  /** A request that had its first token at the given time. */
  private record Left(long id, long arrivalNanos, long firstTokenNanos, long finishNanos)
      implements kvlab.metrics.RequestView {
    @Override
    public long sequence() {
      return id;
    }

    @Override
    public int promptTokens() {
      return 1;
    }

    @Override
    public int outputTokens() {
      return 1;
    }

    @Override
    public long queuedNanos() {
      return arrivalNanos;
    }

    @Override
    public long firstScheduledNanos() {
      return arrivalNanos;
    }

    @Override
    public int preemptions() {
      return 0;
    }

    @Override
    public int cachedPromptTokens() {
      return 0;
    }
  }
}
