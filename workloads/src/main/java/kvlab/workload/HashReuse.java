package kvlab.workload;

/**
 * How often the prompts of a trace repeat blocks of earlier ones, by their hash ids.
 *
 * @param blockTokens prompt tokens per hash id
 * @param blocks hash ids in the trace
 * @param hits those seen earlier in the trace: what a cache without bound would have
 * @param overlong requests with more hash ids than their prompt has blocks; any tell of a wrong unit
 */
public record HashReuse(int blockTokens, long blocks, long hits, long overlong) {
  static HashReuse of(Trace trace) {
    LongSet seen = new LongSet();
    long blocks = 0;
    long hits = 0;
    long overlong = 0;
    int unit = trace.hashBlockTokens();
    for (int i = 0; i < trace.size(); i++) {
      int count = trace.hashCount(i);
      blocks += count;
      for (int h = 0; h < count; h++) {
        if (!seen.add(trace.hashId(i, h))) {
          hits++;
        }
      }
      if ((count - 1L) * unit >= trace.promptTokens(i)) {
        overlong++;
      }
    }
    return new HashReuse(unit, blocks, hits, overlong);
  }

  /** Share of blocks that were seen earlier, 0 to 1. */
  public double hitShare() {
    return blocks == 0 ? 0 : (double) hits / blocks;
  }
}
