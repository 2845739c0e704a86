package kvlab.engine;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import kvlab.design.Design;
import kvlab.design.Options;
import kvlab.design.Server;
import kvlab.design.Site;
import kvlab.kv.Layers;
import kvlab.kv.Pool;
import kvlab.workload.Trace;
import kvlab.workload.TraceBuilder;

/** A design with random options on a random small pool, and a random trace for it; all from one seed. */
record RandomRun(
    Design design,
    Pool pool,
    int maxModelTokens,
    Trace trace,
    Map<String, String> options,
    Layers layers) {
  static RandomRun of(Design design, long seed) {
    return of(design, seed, 40);
  }

  /** The same for a model some of whose layers slide over a window. */
  static RandomRun sliding(Design design, long seed) {
    RandomRun run = of(design, seed);
    SplittableRandom random = new SplittableRandom(~seed);
    int full = random.nextInt(4); // none: all slide
    Layers layers = new Layers(full, 1 + random.nextInt(5), 1 + random.nextInt(40));
    Map<String, String> options = new HashMap<>(run.options);
    options.put("hybrid-kv-cache-manager", oneOf(random, "on", "off"));
    options.put("host-cache-pages", "0"); // refused where windows are used
    return new RandomRun(design, run.pool, run.maxModelTokens, run.trace, options, layers);
  }

  /** The same with at most so many requests. */
  static RandomRun of(Design design, long seed, int mostRequests) {
    SplittableRandom random = new SplittableRandom(seed);
    int pageTokens = 1 + random.nextInt(16);
    Pool pool = new Pool(10 + random.nextInt(60), pageTokens);
    int maxModelTokens = Math.max(2, Math.min(64 + random.nextInt(64), pool.slots() / 2));
    Trace trace = trace(random, maxModelTokens, mostRequests);
    return new RandomRun(
        design, pool, maxModelTokens, trace, overrides(random, pool, maxModelTokens), Layers.ALIKE);
  }

  /**
   * A few requests with long outputs that come far apart, so that long stretches of decode are quiet, in a pool
   * that holds all of them or runs out while they decode; each about as often.
   */
  static RandomRun calm(Design design, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int pageTokens = 1 + random.nextInt(16);
    int longestOutput = 100 + random.nextInt(random.nextInt(5) > 0 ? 400 : 2500);
    int requests = 1 + random.nextInt(10);
    TraceBuilder trace = new TraceBuilder("calm");
    long arrival = 0;
    long tokens = 0;
    int longest = 2;
    for (int i = 0; i < requests; i++) {
      arrival += random.nextInt(2) * random.nextLong(3_000_000_000L);
      int prompt = 1 + random.nextInt(60);
      int output = 1 + random.nextInt(longestOutput);
      trace.add(i, arrival, prompt, output).priority(random.nextInt(3));
      trace.promptKey(random.nextInt(6));
      tokens += prompt + output;
      longest = Math.max(longest, prompt + output);
    }
    double share =
        random.nextBoolean() ? 1.5 + random.nextDouble() : 0.2 + 0.8 * random.nextDouble();
    int slots = Math.max((int) (share * tokens), longest + longest / 2);
    Pool pool = new Pool(4 + slots / pageTokens, pageTokens);
    return new RandomRun(
        design, pool, longest, trace.build(), overrides(random, pool, longest), Layers.ALIKE);
  }

  /** An idle server, the same each time. */
  Server open() {
    Site site = new Site("any", 0, maxModelTokens, 1, 1, Integer.MAX_VALUE, layers);
    return design.open(pool, new Options(design.options(site), options), site).serving(layers);
  }

  Rules rules() {
    return Rules.serving(maxModelTokens, OverLength.REJECT);
  }

  Map<Long, Long> promptKeys() {
    Map<Long, Long> keys = new HashMap<>();
    for (int i = 0; i < trace.size(); i++) {
      keys.put((long) trace.id(i), trace.promptKey(i));
    }
    return keys;
  }

  private static Map<String, String> overrides(
      SplittableRandom random, Pool pool, int maxModelTokens) {
    boolean chunked = random.nextInt(3) > 0; // without, a whole prompt has to fit a step
    int batchedTokens = (chunked ? 16 : maxModelTokens) + random.nextInt(128);
    boolean cached = random.nextInt(3) > 0;
    String policy = oneOf(random, "fcfs", "priority");
    // Where equals of one arrival compute their prompts in parts, those of vLLM can preempt each
    // other for ever.
    int longPrefill = policy.equals("fcfs") ? random.nextInt(3) * 7 : 0;
    return Map.ofEntries(
        Map.entry(Design.MAX_SEQUENCES, Integer.toString(1 + random.nextInt(12))),
        Map.entry(Design.MAX_BATCHED_TOKENS, Integer.toString(batchedTokens)),
        Map.entry("chunked-prefill", chunked ? "on" : "off"),
        Map.entry("long-prefill-token-threshold", Integer.toString(longPrefill)),
        Map.entry("prefix-cache", cached ? "on" : "off"),
        Map.entry("policy", policy),
        Map.entry("full-sequence-gate", oneOf(random, "on", "off")),
        Map.entry("placement", oneOf(random, "first-fit", "best-fit")),
        Map.entry("watermark", oneOf(random, "0", "0.05")),
        Map.entry("preemption", oneOf(random, "recompute", "swap")),
        Map.entry("chunked-context", oneOf(random, Integer.toString(batchedTokens), "0")),
        Map.entry("schedule-policy", List.of("fcfs", "lpm", "lof").get(random.nextInt(3))),
        Map.entry("block-sharing", oneOf(random, "on", "off")),
        Map.entry("block-reuse", oneOf(random, "on", "off")),
        Map.entry("partial-reuse", oneOf(random, "on", "off")),
        Map.entry("copy-on-partial-reuse", oneOf(random, "on", "off")),
        Map.entry("decode-retention-priority", oneOf(random, "20", "35")),
        Map.entry("max-new-tokens", Integer.toString(1 + maxModelTokens / (1 + random.nextInt(4)))),
        Map.entry("schedule-conservativeness", Double.toString(random.nextInt(3) * 0.5)),
        Map.entry("router-token-ratio", Double.toString(random.nextInt(3) * 0.45)),
        Map.entry("map-ahead", Integer.toString(random.nextInt(12))),
        Map.entry(
            "host-cache-pages",
            cached ? Integer.toString(random.nextInt(3) * random.nextInt(60)) : "0"),
        Map.entry("largest-page-tokens", Integer.toString(1 + random.nextInt(64))),
        Map.entry("cpu-pages", Integer.toString(random.nextInt(40))),
        Map.entry("max-batch", Integer.toString(1 + random.nextInt(12))),
        Map.entry("parallel", Integer.toString(1 + random.nextInt(6))),
        Map.entry(
            "n-ctx", Integer.toString(random.nextInt(2) * (1 + random.nextInt(pool.slots())))),
        Map.entry("unified", oneOf(random, "on", "off")),
        Map.entry("prediction-error", Double.toString(random.nextInt(10) / 10.0)),
        Map.entry("bucket", Integer.toString(1 + random.nextInt(32))),
        Map.entry("memory-len", Integer.toString(1 + random.nextInt(maxModelTokens))),
        Map.entry("max-cache-len", Integer.toString(1 + random.nextInt(2 * maxModelTokens))));
  }

  private static String oneOf(SplittableRandom random, String a, String b) {
    return random.nextInt(2) == 0 ? a : b;
  }

  private static Trace trace(SplittableRandom random, int maxModelTokens, int mostRequests) {
    TraceBuilder trace = new TraceBuilder("random");
    long arrival = 0;
    int requests = 1 + random.nextInt(mostRequests);
    for (int i = 0; i < requests; i++) {
      arrival += random.nextInt(3) == 0 ? random.nextLong(20_000_000) : 0;
      int prompt = 1 + random.nextInt(maxModelTokens);
      int output = 1 + random.nextInt(Math.max(1, maxModelTokens / 2)); // some are too long
      trace.add(i, arrival, prompt, output).priority(random.nextInt(3));
      trace.promptKey(random.nextInt(6)); // so that some share their prompts
    }
    return trace.build();
  }
}
