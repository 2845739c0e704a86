package kvlab.engine;

import kvlab.design.Server;
import kvlab.metrics.Probe;
import kvlab.metrics.Rejection;
import kvlab.metrics.RequestView;
import kvlab.sched.IntList;

/**
 * The other door of the server: tells the scheduler and the probes who leaves, and forgets them. A server
 * that runs one step ahead notices a finish when it has scheduled the step after; see {@link Server#ahead}.
 */
final class Departures {
  private final Server server;
  private final Flight flight;
  private final Probe[] probes;
  private final IntList unnoticed = new IntList(); // finished in the step before

  Departures(Server server, Flight flight, Probe[] probes) {
    this.server = server;
    this.flight = flight;
    this.probes = probes;
  }

  /** After a step in which these finished: lets go whom it ignored, and whose finish is noticed now. */
  void afterStep(IntList finished) {
    dropIgnored(server.scheduler().decisions().ignored());
    if (!server.ahead()) {
      retire(finished);
      return;
    }
    noticeAll();
    unnoticed.addAll(finished);
  }

  /** After the last step: lets go whose finish nobody has noticed. */
  void noticeAll() {
    retire(unnoticed);
    unnoticed.clear();
  }

  /** Tells the probes of every request that is still there when the run ends. */
  void abandon() {
    flight.forEach(request -> {
      for (Probe probe : probes) {
        probe.onUnfinished(request);
      }
    });
  }

  private void retire(IntList leaving) {
    if (leaving.size() == 0) {
      return;
    }
    server.scheduler().finish(leaving);
    for (int i = 0; i < leaving.size(); i++) {
      int request = leaving.get(i);
      RequestView view = flight.view(request, flight.lastTokenNanos(request));
      for (Probe probe : probes) {
        probe.onFinish(view);
      }
      forget(request);
    }
  }

  private void dropIgnored(IntList ignored) {
    for (int i = 0; i < ignored.size(); i++) {
      RequestView view = flight.view(ignored.get(i), Flight.NEVER);
      for (Probe probe : probes) {
        probe.onReject(view, Rejection.IGNORED);
      }
      forget(ignored.get(i));
    }
  }

  private void forget(int request) {
    server.requests().remove(request);
    flight.remove(request);
  }
}
