package kvlab.engine;

import java.util.function.IntToLongFunction;
import kvlab.design.Server;
import kvlab.metrics.Probe;
import kvlab.metrics.Rejection;
import kvlab.metrics.RequestView;
import kvlab.workload.RequestStream;

/**
 * The door of the server: takes requests off the stream when their time has come, turns away those that
 * can never be served, and hands the others to the scheduler with the claim that the design makes.
 */
final class Arrivals {
  private final RequestStream stream;
  private final Server server;
  private final Rules rules;
  private final Flight flight;
  private final Probe[] probes;
  private final int largestSequenceTokens;
  private final Turned turned = new Turned();
  private final IntToLongFunction hashId;
  private boolean pending; // the stream stands at a request that has not arrived
  private long sequence;

  Arrivals(RequestStream stream, Server server, Rules rules, Flight flight, Probe[] probes) {
    this.stream = stream;
    this.server = server;
    this.rules = rules;
    this.flight = flight;
    this.probes = probes;
    this.largestSequenceTokens = server.allocator().largestSequenceTokens();
    this.hashId = stream::hashId;
    this.pending = stream.next();
  }

  /** Looks again at a stream that had ended. */
  void poll() {
    pending = pending || stream.next();
  }

  /** Whether no request is left to arrive. */
  boolean exhausted() {
    return !pending;
  }

  /** When the next request arrives; there is one. */
  long nextNanos() {
    return stream.arrivalNanos();
  }

  /** Whether a request has arrived by now that was not let in. */
  boolean due(long nowNanos) {
    return pending && stream.arrivalNanos() <= nowNanos;
  }

  /** Lets in everything that has arrived by now, in the order of the stream. */
  void deliver(long nowNanos) {
    while (due(nowNanos)) {
      admit(nowNanos);
      sequence++;
      pending = stream.next();
    }
  }

  private void admit(long nowNanos) {
    int prompt = stream.promptTokens();
    int output = stream.outputTokens();
    int mostOutput = server.reservation().mostOutputTokens();
    if (output > mostOutput) {
      if (rules.overLength() == OverLength.REJECT) {
        reject(Rejection.OVER_OUTPUT_LIMIT);
        return;
      }
      output = mostOutput;
    }
    int limit = rules.maxModelTokens();
    if ((long) prompt + output > limit) {
      switch (rules.overLength()) {
        case REJECT -> {
          reject(Rejection.OVER_MODEL_LENGTH);
          return;
        }
        case TRUNCATE -> {
          output = Math.min(output, limit - 1);
          prompt = Math.min(prompt, limit - output);
        }
        case STOP -> output = Math.max(1, Math.min(output, limit - prompt));
      }
    }
    int claim = server.reservation().claimTokens(stream.id(), prompt, output, limit);
    boolean beyondLimit = mostOutput < Integer.MAX_VALUE && (long) prompt + output > claim;
    long most = Math.max((long) claim, (long) prompt + output - 1);
    if (rules.rejectImpossible() && (beyondLimit || most > largestSequenceTokens)) {
      reject(Rejection.NEVER_FITS);
      return;
    }
    int handle =
        server.requests().add(stream.id(), stream.arrivalNanos(), prompt, claim, stream.priority());
    flight.add(handle, sequence, output, nowNanos);
    if (server.hashes().isPresent()) {
      server
          .hashes()
          .get()
          .start(
              handle,
              stream.id(),
              prompt,
              stream.promptKey(),
              stream.hashBlockTokens(),
              stream.hashCount(),
              hashId);
    }
    server.scheduler().enqueue(handle);
  }

  private void reject(Rejection reason) {
    for (Probe probe : probes) {
      probe.onReject(turned, reason);
    }
  }

  /** Tells the probes of every request that has not arrived when the run is cut. */
  void abandon() {
    for (; pending; pending = stream.next()) {
      for (Probe probe : probes) {
        probe.onUnfinished(turned);
      }
      sequence++;
    }
  }

  /** The request at the stream's cursor, which never got in. */
  private final class Turned implements RequestView {
    @Override
    public long sequence() {
      return sequence;
    }

    @Override
    public long id() {
      return stream.id();
    }

    @Override
    public long arrivalNanos() {
      return stream.arrivalNanos();
    }

    @Override
    public int promptTokens() {
      return stream.promptTokens();
    }

    @Override
    public int outputTokens() {
      return stream.outputTokens();
    }

    @Override
    public long queuedNanos() {
      return Flight.NEVER;
    }

    @Override
    public long firstScheduledNanos() {
      return Flight.NEVER;
    }

    @Override
    public long firstTokenNanos() {
      return Flight.NEVER;
    }

    @Override
    public long finishNanos() {
      return Flight.NEVER;
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
