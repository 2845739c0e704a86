package kvlab.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import kvlab.design.Design;
import kvlab.design.Designs;
import kvlab.metrics.RequestLog;
import kvlab.step.LinearStepTime;
import kvlab.workload.RequestStream;
import kvlab.workload.Trace;
import kvlab.workload.TraceBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FleetTest {
  private static final int REPLICAS = 3;
  private static final LinearStepTime CLOCK = new LinearStepTime(1_000_000, 10_000, 100);

  private static final class Fake implements Router.Replicas {
    private final long[] outstanding;
    private final long[] pages;

    Fake(long[] outstanding, long[] pages) {
      this.outstanding = outstanding;
      this.pages = pages;
    }

    @Override
    public int count() {
      return outstanding.length;
    }

    @Override
    public long outstanding(int replica) {
      return outstanding[replica];
    }

    @Override
    public long pagesInUse(int replica) {
      return pages[replica];
    }
  }

  private static RequestStream request(long key, long... hashIds) {
    TraceBuilder trace = new TraceBuilder("one", 16);
    trace.add(0, 0, Math.max(1, 16 * hashIds.length), 1).promptKey(key);
    for (long id : hashIds) {
      trace.hashId(id);
    }
    RequestStream stream = trace.build().stream();
    stream.next();
    return stream;
  }

  @Test
  void roundRobinGoesRound() {
    Router.Choice choice = Router.ROUND_ROBIN.choice(new Fake(new long[3], new long[3]));
    List<Integer> chosen = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      chosen.add(choice.of(request(1)));
    }
    assertEquals(List.of(0, 1, 2, 0, 1), chosen);
  }

  @Test
  void leastOutstandingTakesTheFirstOfEquals() {
    long[] outstanding = {2, 1, 1};
    Router.Choice choice = Router.LEAST_OUTSTANDING.choice(new Fake(outstanding, new long[3]));
    assertEquals(1, choice.of(request(1)));
    outstanding[1] = 2;
    assertEquals(2, choice.of(request(1)));
  }

  @Test
  void leastKvLooksAtRequestsAmongEquals() {
    long[] pages = {5, 3, 3};
    Router.Choice choice = Router.LEAST_KV.choice(new Fake(new long[] {0, 4, 2}, pages));
    assertEquals(2, choice.of(request(1)));
    pages[1] = 2;
    assertEquals(1, choice.of(request(1)));
  }

  @Test
  void prefixAffinityFollowsTheLongestKnownPrefix() {
    long[] outstanding = {1, 0, 0};
    Router.Choice choice = Router.PREFIX_AFFINITY.choice(new Fake(outstanding, new long[3]));
    assertEquals(1, choice.of(request(0, 1, 2))); // new: fewest outstanding
    outstanding[1] = 9;
    assertEquals(1, choice.of(request(0, 1, 2, 3))); // follows 1, 2 however busy
    assertEquals(2, choice.of(request(0, 7))); // new
    assertEquals(2, choice.of(request(0, 7, 8)));
    assertEquals(1, choice.of(request(0, 1, 9))); // shares a block only
    assertEquals(2, choice.of(request(5))); // no blocks: its key is new
    outstanding[2] = 10;
    assertEquals(2, choice.of(request(5)));
    assertEquals(0, choice.of(request(6)));
  }

  @Test
  void sessionsStayAndSpread() {
    Router.Choice choice = Router.SESSION.choice(new Fake(new long[4], new long[4]));
    int[] of = new int[4];
    for (int key = 0; key < 4000; key++) {
      int replica = choice.of(request(key));
      assertEquals(replica, choice.of(request(key)));
      of[replica]++;
    }
    for (int count : of) {
      assertTrue(count > 900 && count < 1100, count + " of 4,000 keys on one of 4");
    }
    assertEquals(choice.of(request(1, 77, 1)), choice.of(request(2, 77, 2))); // first block
  }

  static Stream<Design> designs() {
    return Designs.all().stream();
  }

  /** Whatever a router sends to a replica, it serves as a server of its own that only gets this. */
  @ParameterizedTest
  @MethodSource("designs")
  void aReplicaServesLikeAServerThatGetsItsPart(Design design) {
    for (Router router : Router.values()) {
      for (long seed = 1; seed <= 4; seed++) {
        RandomRun run = RandomRun.of(design, seed);
        String at = design.name() + ", " + router + ", seed " + seed;
        List<ByteArrayOutputStream> logs = new ArrayList<>();
        Fleet fleet = new Fleet();
        for (int replica = 0; replica < REPLICAS; replica++) {
          logs.add(new ByteArrayOutputStream());
          fleet.add(run.open(), CLOCK, run.rules(), List.of(new RequestLog(logs.get(replica))));
        }
        fleet.run(run.trace().stream(), router);
        Set<Integer> seen = new HashSet<>();
        for (ByteArrayOutputStream log : logs) {
          Set<Integer> ids = ids(log);
          ids.forEach(id -> assertTrue(seen.add(id), at + ": twice " + id));
          assertArrayEquals(alone(run, ids), log.toByteArray(), at);
        }
        assertEquals(run.trace().size(), seen.size(), at);
      }
    }
  }

  private static Set<Integer> ids(ByteArrayOutputStream log) {
    Set<Integer> ids = new HashSet<>();
    log.toString(StandardCharsets.US_ASCII)
        .lines()
        .skip(1)
        .forEach(line -> ids.add(Integer.valueOf(line.substring(0, line.indexOf(',')))));
    return ids;
  }

  private static byte[] alone(RandomRun run, Set<Integer> ids) {
    Trace trace = run.trace();
    TraceBuilder part = new TraceBuilder("part");
    for (int i = 0; i < trace.size(); i++) {
      if (ids.contains(trace.id(i))) {
        part.add(trace.id(i), trace.arrivalNanos(i), trace.promptTokens(i), trace.outputTokens(i))
            .priority(trace.priority(i));
        part.promptKey(trace.promptKey(i));
      }
    }
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    new Engine(part.build().stream(), run.open(), CLOCK, run.rules(), List.of(new RequestLog(log)))
        .run();
    return log.toByteArray();
  }

  /** 5,000 requests with hash ids, some read between sends. */
  @Test
  void anInboxKeepsWhatWasSent() {
    TraceBuilder builder = new TraceBuilder("many", 16);
    for (int i = 0; i < 5000; i++) {
      builder.add(i, i / 3, 16 * (1 + i % 5), 1 + i % 7).priority(i % 2);
      builder.promptKey(i % 11);
      for (int h = 0; h < 1 + i % 5; h++) {
        builder.hashId(1000L * i + h);
      }
    }
    Trace trace = builder.build();
    RequestStream in = trace.stream();
    Inbox inbox = new Inbox();
    int read = 0;
    for (int i = 0; i < trace.size(); i++) {
      in.next();
      inbox.send(in);
      if (i % 100 < 40 || i == trace.size() - 1) {
        while (inbox.next()) {
          assertEquals(read, inbox.id());
          assertEquals(read / 3, inbox.arrivalNanos());
          assertEquals(16 * (1 + read % 5), inbox.promptTokens());
          assertEquals(1 + read % 7, inbox.outputTokens());
          assertEquals(read % 2, inbox.priority());
          assertEquals(read % 11, inbox.promptKey());
          assertEquals(16, inbox.hashBlockTokens());
          assertEquals(1 + read % 5, inbox.hashCount());
          assertEquals(1000L * read + read % 5, inbox.hashId(read % 5));
          read++;
        }
      }
    }
    assertEquals(5000, read);
  }
}
