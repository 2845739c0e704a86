package kvlab.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import kvlab.design.Design;
import kvlab.design.Designs;
import kvlab.design.Options;
import kvlab.design.Server;
import kvlab.design.Site;
import kvlab.kv.Pool;
import kvlab.step.Batch;
import org.junit.jupiter.api.Test;

/** The partition after the prompt step of P = 161, O = 338, by hand; kv-systems.md, V9. */
final class PartitionTest {
  private static final int PROMPT = 161;
  private static final int OUTPUT = 338;
  private static final Pool POOL = new Pool(983, 16);

  /** The parts that are not 0 once so many such requests have been offered. */
  private static Map<String, Long> parts(String name, int requests) {
    Site site = new Site("any", 0, 2048);
    Design design = Designs.named(name);
    Server server = design.open(POOL, new Options(design.options(site), Map.of()), site);
    Partition partition = partition(server);
    for (int i = 0; i < requests; i++) {
      int claim = server.reservation().claimTokens(i, PROMPT, OUTPUT, 2048);
      int request = server.requests().add(i, 0, PROMPT, claim, 0);
      start(server, request);
      server.scheduler().enqueue(request);
    }
    Batch batch = new Batch(server.maxSequences());
    int admitted;
    do { // as many steps as it takes to admit all that fit
      server.scheduler().schedule(batch);
      admitted = server.scheduler().decisions().admitted().size();
      for (int i = 0; i < batch.size(); i++) {
        server.requests().computed(batch.request(i), batch.tokens(i));
        server.requests().sampled(batch.request(i));
      }
    } while (admitted > 0 && admitted < requests && server.scheduler().waiting() > 0);
    partition.count(0);
    Map<String, Long> parts = new LinkedHashMap<>();
    for (Part part : Part.values()) {
      if (partition.slots(part) > 0) {
        parts.put(part.name().toLowerCase(Locale.ROOT), partition.slots(part));
      }
    }
    return parts;
  }

  private static void start(Server server, int request) {
    server.hashes().ifPresent(h -> h.start(request, request, PROMPT, request, 0, 0, i -> 0));
  }

  private static Partition partition(Server server) {
    return new Partition(
        server.table(),
        server.allocator(),
        server.requests(),
        server.scheduler(),
        request -> PROMPT + OUTPUT - 1);
  }

  @Test
  void orcaMaxReserves2048Slots() {
    assertEquals(
        Map.of("live", 161L, "reserved", 337L, "internal", 2048L - 498, "idle", (983 - 128) * 16L),
        parts("orca-max", 1));
  }

  @Test
  void orcaPow2Asks673SlotsAndGets1024() {
    assertEquals(
        Map.of(
            "live",
            161L,
            "reserved",
            337L,
            "internal",
            175L,
            "rounding",
            351L,
            "idle",
            (983 - 64) * 16L),
        parts("orca-pow2", 1));
  }

  @Test
  void orcaOracleAsks499SlotsAndGets512() {
    assertEquals(
        Map.of(
            "live",
            161L,
            "reserved",
            337L,
            "internal",
            1L,
            "rounding",
            13L,
            "idle",
            (983 - 32) * 16L),
        parts("orca-oracle", 1));
  }

  @Test
  void vllmPaperWastesOnlyTheTailThatWillBeFilledAndTheWatermark() {
    assertEquals(
        Map.of("live", 161L, "reserved", 15L, "withheld", 9 * 16L, "idle", (983 - 11 - 9) * 16L),
        parts("vllm-paper", 1));
  }

  @Test
  void vllmV1WithholdsItsNullPage() {
    assertEquals(
        Map.of("live", 161L, "reserved", 15L, "withheld", 16L, "idle", (983 - 11 - 1) * 16L),
        parts("vllm-v1", 1));
  }

  /** The eighth asks for 128 pages; 87 are left: too few, so not a matter of fragmentation. */
  @Test
  void freePagesFewerThanTheHeadNeedsAreShort() {
    Map<String, Long> parts = parts("orca-max", 8);
    assertEquals(87 * 16L, parts.get("short"));
    assertTrue(!parts.containsKey("external") && !parts.containsKey("idle"));
  }

  /**
   * Of 983 pages in runs of 128 to 1, runs of 64 pages leave 16 + 4 + 2 + 1 = 23; the head asks for 43
   * pages (673 slots), so they are too few. Claims of 499 slots take runs of 32 and leave the same 23
   * pages, of which 32 were asked.
   */
  @Test
  void scatteredPagesAreShortWhenTheyWouldNotDoEvenTogether() {
    assertEquals(23 * 16L, parts("orca-pow2", 40).get("short"));
    assertEquals(23 * 16L, parts("orca-oracle", 40).get("short"));
  }

  /**
   * Orca-Oracle on 12 pages in runs of 4: two claims of 34 slots take a run each, one of 2 slots takes a
   * page off the third, whose other pages are a run of 1 and one of 2. The next claim of 34 asks for 3
   * pages; 3 are free, but not together.
   */
  @Test
  void freePagesThatWouldDoTogetherAreExternal() {
    Site site = new Site("any", 0, 64);
    Design design = Designs.named("orca-oracle");
    Server server =
        design.open(new Pool(12, 16), new Options(design.options(site), Map.of()), site);
    Partition partition = new Partition(
        server.table(),
        server.allocator(),
        server.requests(),
        server.scheduler(),
        request -> server.requests().promptTokens(request));
    for (int prompt : new int[] {33, 1, 33, 33}) {
      int claim = server.reservation().claimTokens(prompt, prompt, 1, 64);
      server.scheduler().enqueue(server.requests().add(prompt, 0, prompt, claim, 0));
    }
    Batch batch = new Batch(16);
    server.scheduler().schedule(batch);
    for (int i = 0; i < batch.size(); i++) {
      server.requests().computed(batch.request(i), batch.tokens(i));
    }
    partition.count(0);
    assertEquals(3 * 16, partition.slots(Part.EXTERNAL));
    assertEquals(0, partition.slots(Part.SHORT) + partition.slots(Part.IDLE));
    assertEquals(33 + 1 + 33, partition.slots(Part.LIVE));
    assertEquals(3, partition.slots(Part.INTERNAL), "the last token's slot of each");
    assertEquals(30 + 14 + 30, partition.slots(Part.ROUNDING));
  }

  @Test
  void stopsTheRunWhenMoreIsWrittenThanWasGiven() {
    Site site = new Site("any", 0, 2048);
    Design design = Designs.named("vllm-v1");
    Server server = design.open(POOL, new Options(design.options(site), Map.of()), site);
    Partition partition = partition(server);
    int request = server.requests().add(7, 0, PROMPT, PROMPT, 0);
    start(server, request);
    server.scheduler().enqueue(request);
    server.scheduler().schedule(new Batch(256));
    server.requests().computed(request, 177);
    Throwable e = assertThrows(IllegalStateException.class, () -> partition.count(12));
    assertEquals(
        "step 12: slots are not conserved: row 0 of request 7 has 177 live, 176 asked, 176 given,"
            + " 498 needed slots",
        e.getMessage());
  }
}
