package kvlab.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import kvlab.design.Server;
import kvlab.metrics.Probe;
import kvlab.metrics.Rejection;
import kvlab.metrics.RequestProbe;
import kvlab.metrics.RequestView;
import kvlab.step.StepClock;
import kvlab.workload.RequestStream;

/**
 * Equal servers behind a router. All begin when the first request arrives and end with the last of them;
 * who has nothing to do is idle. Before a router that looks at the replicas chooses, each has taken every
 * step that starts before the arrival; for others the replicas run side by side.
 */
public final class Fleet implements Router.Replicas {
  private static final int ROUND = 1 << 18; // requests sent out before the replicas go on

  private final List<Replica> replicas = new ArrayList<>();

  /** One server, what is sent to it, and what came back. */
  private static final class Replica implements RequestProbe {
    final Server server;
    final Inbox inbox = new Inbox();
    final Engine engine;
    private long sent;
    private long left;
    private long endNanos;

    Replica(Server server, StepClock clock, Rules rules, List<Probe> probes) {
      this.server = server;
      List<Probe> all = new ArrayList<>(probes);
      all.add(this);
      this.engine = new Engine(inbox, server, clock, rules, all);
    }

    void send(RequestStream request) {
      inbox.send(request);
      sent++;
    }

    @Override
    public void onFinish(RequestView request) {
      left++;
    }

    @Override
    public void onReject(RequestView request, Rejection reason) {
      left++;
    }
  }

  /** Adds a replica, which nobody else uses. */
  public void add(Server server, StepClock clock, Rules rules, List<Probe> probes) {
    replicas.add(new Replica(server, clock, rules, probes));
  }

  /** Sends the whole stream through the replicas. */
  public void run(RequestStream stream, Router router) {
    Router.Choice choice = router.choice(this);
    boolean more = stream.next();
    long beginNanos = more ? stream.arrivalNanos() : 0;
    replicas.forEach(replica -> replica.engine.begin(beginNanos));
    while (more) {
      if (router.looksAtReplicas()) {
        long nanos = stream.arrivalNanos();
        replicas.forEach(replica -> replica.engine.advanceTo(nanos));
      }
      for (int i = 0; more && i < (router.looksAtReplicas() ? 1 : ROUND); i++) {
        replicas.get(choice.of(stream)).send(stream);
        more = stream.next();
      }
      if (more && !router.looksAtReplicas()) {
        long nanos = stream.arrivalNanos();
        sideBySide(replica -> replica.engine.advanceTo(nanos));
      }
      if (Thread.currentThread().isInterrupted()) {
        throw new CancellationException("interrupted");
      }
    }
    sideBySide(replica -> replica.endNanos = replica.engine.drain());
    long end = replicas.stream().mapToLong(replica -> replica.endNanos).max().orElse(0);
    replicas.forEach(replica -> replica.engine.end(end));
  }

  /** Each thread takes the next replica when it is done with one, so that none waits long for the others. */
  private void sideBySide(Consumer<Replica> action) {
    AtomicInteger next = new AtomicInteger();
    int threads = Math.min(replicas.size(), Runtime.getRuntime().availableProcessors());
    IntStream.range(0, threads).parallel().forEach(thread -> {
      for (int r = next.getAndIncrement(); r < replicas.size(); r = next.getAndIncrement()) {
        action.accept(replicas.get(r));
      }
    });
  }

  @Override
  public int count() {
    return replicas.size();
  }

  @Override
  public long outstanding(int replica) {
    return replicas.get(replica).sent - replicas.get(replica).left;
  }

  @Override
  public long pagesInUse(int replica) {
    return replicas.get(replica).server.table().heldPages();
  }
}
