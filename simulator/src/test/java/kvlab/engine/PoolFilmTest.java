package kvlab.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.zip.GZIPInputStream;
import kvlab.design.Design;
import kvlab.design.Designs;
import kvlab.design.Server;
import kvlab.metrics.Part;
import kvlab.metrics.Partition;
import kvlab.metrics.PoolFilm;
import kvlab.metrics.PoolMap;
import kvlab.metrics.PoolMap.Rest;
import kvlab.metrics.Probe;
import kvlab.metrics.StepView;
import kvlab.step.LinearStepTime;
import kvlab.workload.RequestSource;
import kvlab.workload.synth.Reshaped;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The map of the pool, made page by page, holds as many slots of each kind as the accounting, made by
 * sequence, says: in every step of random runs of every design. A failure names the seed.
 */
final class PoolFilmTest {
  private static final int SEEDS = 20;

  @TempDir
  Path folder;

  static List<Design> designs() {
    return Designs.all().stream()
        .filter(d -> !d.name().equals("jenga"))
        .toList(); // pages of two sizes
  }

  @ParameterizedTest
  @MethodSource("designs")
  void agreesWithTheAccounting(Design design) {
    for (long seed = 0; seed < SEEDS; seed++) {
      try {
        RandomRun run = RandomRun.of(design, seed, 30);
        Server server = run.open();
        int mostCells =
            seed % 2 == 0 ? 7 : Integer.MAX_VALUE / 2; // several pages to a cell, or one
        Comparison comparison = new Comparison(run, mostCells);
        clockedRun(run, server, List.of(comparison));
        assertTrue(comparison.steps > 0 || run.trace().size() > 0);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("reproduce with: " + design.name() + " seed=" + seed, e);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("designs")
  void isTheSameForARunThatLeaps(Design design) throws IOException {
    for (long seed = 0; seed < SEEDS; seed++) {
      RandomRun run = seed % 2 == 0 ? RandomRun.of(design, seed, 30) : RandomRun.calm(design, seed);
      Path leapt = folder.resolve("leapt-" + seed);
      Path stepped = folder.resolve("stepped-" + seed);
      clockedRun(run, run.open(), List.of(new PoolFilm(run.pool(), leapt, 0)));
      clockedRun(run, run.open(), List.of(new PoolFilm(run.pool(), stepped, 0), new Probe() {}));
      String reproduce = "reproduce with: " + design.name() + " seed=" + seed;
      assertEquals(Files.exists(stepped), Files.exists(leapt), reproduce);
      if (Files.exists(stepped)) {
        assertArrayEquals(Files.readAllBytes(stepped), Files.readAllBytes(leapt), reproduce);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("designs")
  void isTheSameWhereItIsKnownHowLongTheRunLastsAtLeast(Design design) throws IOException {
    int longer = 0;
    for (long seed = 0; seed < SEEDS; seed++) {
      RandomRun run = RandomRun.of(design, seed, 30);
      Reshaped slow = Reshaped.of(run.trace()).withRateScale(0.007);
      Path known = folder.resolve("known-" + seed);
      Path unknown = folder.resolve("unknown-" + seed);
      clockedRun(run, slow, new PoolFilm(run.pool(), known, slow.lastArrivalNanos()));
      clockedRun(run, slow, new PoolFilm(run.pool(), unknown, 0));
      String reproduce = "reproduce with: " + design.name() + " seed=" + seed;
      assertEquals(Files.exists(unknown), Files.exists(known), reproduce);
      if (Files.exists(unknown)) {
        assertEquals(integers(unknown), integers(known), reproduce);
        longer += integers(known).get(5) > 10_000_000 ? 1 : 0;
      }
    }
    assertTrue(longer >= SEEDS / 4, "too few of these runs outgrow a film: " + longer);
  }

  private static void clockedRun(RandomRun run, RequestSource requests, Probe probe) {
    LinearStepTime clock = new LinearStepTime(7_000_000, 50_000, 3_000);
    new Engine(requests.stream(), run.open(), clock, run.rules(), List.of(probe)).run();
  }

  private static void clockedRun(RandomRun run, Server server, List<Probe> probes) {
    LinearStepTime clock = new LinearStepTime(7_000_000, 50_000, 3_000);
    new Engine(run.trace().stream(), server, clock, run.rules(), new ArrayList<>(probes)).run();
  }

  private static final class Comparison implements Probe {
    private final PoolMap map;
    private int steps;

    Comparison(RandomRun run, int mostCells) {
      map = new PoolMap(run.pool().pages(), run.pool().pageTokens(), mostCells);
    }

    @Override
    public void onStep(StepView step) {
      steps++;
      map.count(step);
      Partition partition = step.partition();
      String where = "step " + step.index();
      long held = 0;
      for (Part part : List.of(Part.LIVE, Part.RESERVED, Part.INTERNAL, Part.ROUNDING)) {
        held += partition.slots(part);
      }
      long drawn = map.total(Rest.NONE)
          + map.total(Rest.RESERVED)
          + map.total(Rest.INTERNAL)
          + map.total(Rest.ROUNDING);
      assertEquals(held, drawn, where);
      if (!step.allocator().sharesUnfilledPages()) {
        assertEquals(partition.slots(Part.LIVE), map.total(Rest.NONE), where);
        assertEquals(partition.slots(Part.RESERVED), map.total(Rest.RESERVED), where);
        assertEquals(partition.slots(Part.INTERNAL), map.total(Rest.INTERNAL), where);
      }
      assertEquals(partition.slots(Part.CACHED), map.total(Rest.CACHED), where);
      long free = partition.slots(Part.EXTERNAL)
          + partition.slots(Part.SHORT)
          + partition.slots(Part.IDLE)
          + partition.slots(Part.WITHHELD);
      assertEquals(free, map.total(Rest.FREE) + map.total(Rest.WITHHELD), where);
    }
  }

  /** One request of 5 + 3 tokens on 2 of 4 pages of 4 slots, 10 ms a step: filmed and read back by hand. */
  @Test
  void writesWhatIsWrittenDown() throws IOException {
    Design design = Designs.named("contiguous-max");
    kvlab.kv.Pool pool = new kvlab.kv.Pool(4, 4);
    kvlab.workload.TraceBuilder trace = new kvlab.workload.TraceBuilder("one");
    trace.add(9, 0, 5, 3);
    RandomRun run =
        new RandomRun(design, pool, 8, trace.build(), java.util.Map.of(), kvlab.kv.Layers.ALIKE);
    Path file = folder.resolve("film");
    new Engine(
            run.trace().stream(),
            run.open(),
            new LinearStepTime(10_000_000, 0, 0),
            run.rules(),
            List.of(new PoolFilm(pool, file, 0)))
        .run();
    List<Long> film = integers(file);
    // three steps of 10 ms: prompt, second and third token; final need 7, reserved 8 slots
    List<Long> expected = new ArrayList<>(List.of(3L, 4L, 4L, 1L, 0L, 10_000_000L, 3L, 5L * 9));
    long[][] parts = {
      {5, 2, 1, 0, 0, 0, 0, 8, 0}, {6, 1, 1, 0, 0, 0, 0, 8, 0}, {7, 0, 1, 0, 0, 0, 0, 8, 0}
    };
    long[] secondPage = {1 + 1 * 9 + 2, 1 + 1 * 9 + 4, 1 + 2 * 9 + 6
    }; // eighths live, then the rest
    for (int i = 0; i < 3; i++) {
      for (long slots : parts[i]) {
        expected.add(slots);
      }
      expected.addAll(
          List.of(0L, 1L, 18L, 5L, 5L + i, 7L, 8L, 8L)); // waiting, running; zigzag of 9 is 18
      expected.addAll(
          i == 0 ? List.of(2L + 4, 1L, 0L, 1L) : List.of(0L, 3L)); // a 0, then how many more
      expected.addAll(List.of(0L, 0L, secondPage[i], 0L, 1L)); // a full page, and free ones
    }
    assertEquals(expected, film);
  }

  /** What a reader makes of a film, in each frame, is what its accounting says and its requests have. */
  @ParameterizedTest
  @MethodSource("designs")
  void canBeReadBack(Design design) throws IOException {
    for (long seed = 0; seed < SEEDS; seed++) {
      RandomRun run = RandomRun.of(design, seed, 30);
      Path file = folder.resolve("film-" + seed);
      clockedRun(run, run.open(), List.of(new PoolFilm(run.pool(), file, 0)));
      if (Files.exists(file)) {
        String reproduce = "reproduce with: " + design.name() + " seed=" + seed;
        new ReadFilm(integers(file).iterator(), reproduce).check();
      }
    }
  }

  /** A film with a page to each cell, read as its class says that it is written. */
  private static final class ReadFilm {
    private static final int NOBODY = -1;
    private static final int SHARED = -2;

    private final Iterator<Long> from;
    private final String reproduce;
    private final int pages;
    private final int pageTokens;
    private final long[] owner;
    private final int[] look;

    ReadFilm(Iterator<Long> from, String reproduce) {
      this.from = from;
      this.reproduce = reproduce;
      assertEquals(3, next());
      pages = next();
      pageTokens = next();
      assertEquals(1, next());
      owner = new long[pages];
      look = new int[pages];
      Arrays.fill(owner, NOBODY);
    }

    private int next() {
      return from.next().intValue();
    }

    void check() {
      next();
      next();
      int frames = next();
      int free = next();
      Arrays.fill(look, free);
      for (int i = 0; i < frames; i++) {
        long[] parts = new long[Part.values().length];
        Arrays.setAll(parts, part -> next());
        next();
        long[][] requests = new long[next()][];
        long id = 0;
        for (int r = 0; r < requests.length; r++) {
          long zigzag = next();
          id += (zigzag >>> 1) ^ -(zigzag & 1);
          requests[r] = new long[] {id, next(), next(), next(), next(), next()};
        }
        readCells(false, requests, free);
        readCells(true, requests, free);
        checkFrame(parts, requests);
      }
      assertFalse(from.hasNext(), reproduce);
    }

    private void readCells(boolean looks, long[][] requests, int free) {
      for (int cell = 0; cell < pages; cell++) {
        int code = next();
        if (code == 0) {
          cell += next();
        } else if (looks) {
          look[cell] = code - 1;
        } else {
          owner[cell] = code == 1 ? owner[cell - 1] : code < 6 ? 1 - code : requests[code - 6][0];
          look[cell] = owner[cell] == NOBODY ? free : 8;
        }
      }
    }

    private void checkFrame(long[] parts, long[][] requests) {
      long cached =
          IntStream.of(look).filter(l -> l / 9 == Rest.CACHED.ordinal()).count();
      long others = IntStream.of(look)
          .filter(l -> l / 9 == Rest.FREE.ordinal() || l / 9 == Rest.WITHHELD.ordinal())
          .count();
      assertEquals(parts[Part.CACHED.ordinal()], cached * pageTokens, reproduce);
      assertEquals(
          parts[Part.EXTERNAL.ordinal()]
              + parts[Part.SHORT.ordinal()]
              + parts[Part.IDLE.ordinal()]
              + parts[Part.WITHHELD.ordinal()],
          others * pageTokens,
          reproduce);
      if (LongStream.of(owner).anyMatch(its -> its == SHARED)) {
        return;
      }
      for (long[] request : requests) {
        int[] its =
            IntStream.range(0, pages).filter(cell -> owner[cell] == request[0]).toArray();
        long full = IntStream.of(its).filter(cell -> look[cell] % 9 == 8).count();
        assertEquals(request[5] / pageTokens, its.length, reproduce);
        assertEquals(request[2] / pageTokens, full, reproduce);
      }
    }
  }

  private static List<Long> integers(Path file) throws IOException {
    byte[] bytes;
    try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(file))) {
      bytes = in.readAllBytes();
    }
    List<Long> integers = new ArrayList<>();
    long value = 0;
    int shift = 0;
    for (byte each : bytes) {
      value |= (long) (each & 127) << shift;
      shift += 7;
      if (each >= 0) {
        integers.add(value);
        value = 0;
        shift = 0;
      }
    }
    return integers;
  }
}
