package kvlab.design;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import kvlab.capacity.Attention;
import kvlab.capacity.Catalogue;
import kvlab.capacity.KvDtype;
import kvlab.kv.Pool;
import kvlab.step.Batch;
import kvlab.step.LinearStepTime;
import kvlab.workload.TraceBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** vAttention's quanta and costs; kv-systems.md, sections 3.3.1, 5 and V9. */
final class VAttentionTest {
  private static final Design DESIGN = Designs.named("vattention");
  private static final int MIB = 1 << 20;

  private static Site site(String model, String dtype, int tensorParallel, long slots) {
    Attention attention = Catalogue.open().model(model).attention();
    long bytes = attention.kvBytesPerToken(KvDtype.named(dtype), tensorParallel);
    int tensors = attention.kvTensors();
    return new Site("any", 0, 2048, tensors, bytes / tensors, slots);
  }

  private static int pageTokens(Site site, Map<String, String> overrides) {
    return DESIGN.pageTokens(new Options(DESIGN.options(site), overrides), site);
  }

  /** Tokens per 2 MiB page of one tensor, from the table of models: 2 MiB / (KV heads * 128 * 2 B). */
  @ParameterizedTest
  @CsvSource({
    "opt-13b, auto, 1, 204",
    "opt-66b, auto, 1, 113",
    "opt-175b, auto, 1, 85",
    "llama-2-7b, auto, 1, 256",
    "llama-2-70b, auto, 1, 1024",
    "llama-3.1-8b, auto, 1, 1024",
    "qwen2.5-0.5b, auto, 1, 8192",
    "qwen2.5-7b, auto, 1, 2048",
    "gpt-oss-20b, auto, 1, 2048",
    // With t GPUs a page holds t times the tokens, with 8-bit elements twice as many.
    "llama-2-7b, auto, 4, 1024",
    "llama-2-7b, fp8, 1, 512"
  })
  void aPageOfTwoMibHoldsThePublishedTokens(String model, String dtype, int gpus, int tokens) {
    assertEquals(tokens, pageTokens(site(model, dtype, gpus, MIB), Map.of()));
  }

  /** V9: 2 * 32 tensors of 2 MiB are 128 MiB, 256 tokens; of 64 KiB 4 MiB, 8 tokens. */
  @Test
  void aRequestOf300TokensMaps2QuantaOr38() {
    Site site = site("llama-2-7b", "auto", 1, MIB);
    assertEquals(128L * MIB, site.kvTensors() * 2L * MIB);
    assertEquals(256, pageTokens(site, Map.of()));
    assertEquals(2, new Pool(100, 256).pagesFor(300));
    assertEquals(8, pageTokens(site, Map.of("vmm-page-kib", "64")));
    assertEquals(38, new Pool(100, 8).pagesFor(300));
  }

  /**
   * {@code get_num_phys_blocks}: OPT-13B has 10,240 bytes per token and tensor, 12,000 slots are
   * 122,880,000. They are 58.6 pages of 2 MiB, or 1,875 of 64 KiB, which hold 6 tokens of the 6.4.
   */
  @ParameterizedTest
  @CsvSource({"2048, 58, 204", "64, 1875, 6"})
  void pagesAreCountedInBytes(String kib, long pages, int tokens) {
    Site site = site("opt-13b", "auto", 1, 12_000);
    Options options = new Options(DESIGN.options(site), Map.of("vmm-page-kib", kib));
    assertEquals(pages, DESIGN.pages(options, site));
    assertEquals(tokens, DESIGN.pageTokens(options, site));
  }

  /** A page of 64 KiB in each of 64 tensors takes 8 us each; a request of 9 tokens has two. */
  @Test
  void smallPagesAreMappedByTheModifiedDriver() {
    Site site = site("llama-2-7b", "auto", 1, MIB);
    Options options = new Options(DESIGN.options(site), Map.of("vmm-page-kib", "64"));
    Server server = DESIGN.open(new Pool(10, 8), options, site);
    Batch batch = new Batch(server.maxSequences());
    server.scheduler().enqueue(server.requests().add(0, 0, 9, 9, 0));
    step(server, batch);
    assertEquals(2L * 64 * 8_000, batch.pauseNanos());
  }

  /**
   * For sequences of 2,048 tokens: 8 pages of 256 in 2,048 slots. In 2,100 slots 8 of 256 too, of which
   * int(0.08) stay free. In 2,070 with sequences of 2,060: 8 * 256 = 2,048 are too few, 64 * 32 = 2,048
   * and 129 * 16 = 2,064 less one for the watermark too, and so are all others: the smallest then.
   */
  @ParameterizedTest
  @CsvSource({"2048, 2048, 256", "2100, 2048, 256", "2070, 2060, 8", "35, 28, 32"})
  void pagesAreSmallerWhereThePoolIs(long slots, int longest, int tokens) {
    Site site = new Site("any", 0, longest, 64, 8192, slots);
    assertEquals(tokens, pageTokens(site, Map.of()));
  }

  /**
   * Two prompts of 300 tokens map 4 quanta, 64 pages each at 37.45 us: 9.5872 ms. Decoding them then
   * costs nothing until token 513, which was mapped in the background.
   */
  @Test
  void aStepWaitsForWhatItMapsAndNotForWhatWasMappedAhead() {
    Site site = site("llama-2-7b", "auto", 1, MIB);
    Server server =
        DESIGN.open(new Pool(10, 256), new Options(DESIGN.options(site), Map.of()), site);
    Batch batch = new Batch(server.maxSequences());
    for (int i = 0; i < 2; i++) {
      server.scheduler().enqueue(server.requests().add(i, 0, 300, 300, 0));
    }
    step(server, batch);
    assertEquals(4L * 64 * 37_450, batch.pauseNanos());
    for (int token = 301; token <= 600; token++) {
      step(server, batch);
      assertEquals(0, batch.pauseNanos(), "token " + token);
    }
    assertEquals(4, server.allocator().freePages());
  }

  /** Without looking ahead the step that computes token 513 maps a quantum for each of the two. */
  @Test
  void withoutLookingAheadTheStepWaits() {
    Site site = site("llama-2-7b", "auto", 1, MIB);
    Options options = new Options(DESIGN.options(site), Map.of("map-ahead", "0", "map-ns", "1000"));
    Server server = DESIGN.open(new Pool(10, 256), options, site);
    Batch batch = new Batch(server.maxSequences());
    for (int i = 0; i < 2; i++) {
      server.scheduler().enqueue(server.requests().add(i, 0, 512, 512, 0));
    }
    step(server, batch);
    assertEquals(4L * 64 * 1000, batch.pauseNanos());
    step(server, batch);
    assertEquals(2L * 64 * 1000, batch.pauseNanos());
    step(server, batch);
    assertEquals(0, batch.pauseNanos());
  }

  /**
   * 4 pages of 4, no watermark: two prompts of 7 map two pages each, and their eighth tokens have room. The
   * ninth of request 0 needs a page: request 1, the later one, leaves its two mapped and spare, of which one
   * is unmapped for it. Request 1 comes back with 9 known tokens when request 0 is done.
   */
  @Test
  void theLatestArrivalIsRecomputedWhenMemoryRunsOut() {
    List<String> log = StepLines.of(
        "vattention",
        new Pool(4, 4),
        12,
        Map.of("watermark", "0"),
        new LinearStepTime(100, 10, 1),
        new TraceBuilder("two").add(0, 0, 7, 3).add(1, 0, 7, 3));
    assertEquals(
        List.of(
            "0,0,254,2,0,14,2,0,0,0,14,0,2,0,0", // 100 + 10 * 14 + 14
            "1,254,390,2,0,2,0,2,0,0,16,0,0,0,0", // 100 + 20 + 16
            "2,390,509,1,1,1,0,1,1,1,9,1,0,0,0", // 100 + 10 + 9
            "3,509,708,1,0,9,1,0,0,1,9,1,1,1,0"), // 100 + 90 + 9
        log);
  }

  /** 10 pages, of which int(0.2 * 10) stay free: 33 tokens need 9 pages and never fit, 32 fit alone. */
  @Test
  void theHeadWaitsForTheWatermarkToo() {
    List<String> log = StepLines.of(
        "vattention",
        new Pool(10, 4),
        36,
        Map.of("watermark", "0.2"),
        new LinearStepTime(100, 10, 1),
        new TraceBuilder("three").add(0, 0, 33, 1).add(1, 0, 32, 1).add(2, 0, 1, 1));
    assertEquals(
        List.of("0,0,452,1,1,32,1,0,0,2,32,1,1,0,0", "1,452,563,1,0,1,1,0,0,9,1,1,1,0,0"), log);
  }

  private static void step(Server server, Batch batch) {
    server.scheduler().schedule(batch);
    for (int i = 0; i < batch.size(); i++) {
      server.requests().computed(batch.request(i), batch.tokens(i));
      server.requests().sampled(batch.request(i));
    }
  }
}
