package kvlab.design;

import java.util.List;
import kvlab.kv.Pool;
import kvlab.sched.LightllmScheduler;

/** LightLLM with TokenAttention: see {@link LightllmScheduler} and {@link kvlab.kv.RadixAllocator}. */
final class Lightllm implements Design {
  private static final String RELAXED_BELOW = "router-token-ratio";
  private static final int SEQUENCES = 1000; // api_cli.py, running_max_req_size
  private static final int CHUNK = 4096; // api_cli.py, chunked_prefill_size
  private static final int SPARE_TOKENS =
      2; // a request alone peaks at its claim + 1, below the pool

  @Override
  public String name() {
    return "lightllm";
  }

  @Override
  public Traits traits() {
    return new Traits(
        "pages of 1 token from anywhere",
        "pages for the first chunk, admitted when the predicted peak of all requests fits",
        "pages for the tokens of each step",
        "the newest request is paused and recomputed",
        "all that was computed, as a tree of prefixes (least recently used leaf evicted first)",
        "LightLLM server/router/req_queue/chunked_prefill/impl.py, 2025-07-11");
  }

  @Override
  public List<Option> options(Site site) {
    return List.of(
        Option.count(PAGE_TOKENS, 1, "tokens per page"),
        Option.count(MAX_SEQUENCES, SEQUENCES, "sequences that run at once"),
        Option.count(MAX_BATCHED_TOKENS, CHUNK, "prompt tokens in one step (chunked_prefill_size)"),
        RadixServer.maxNewTokens(),
        Option.share(
            RELAXED_BELOW, 0, "share of the pool below which outputs are predicted short"));
  }

  @Override
  public Server open(Pool pool, Options options, Site site) {
    int sequences = options.count(MAX_SEQUENCES);
    RadixServer server = new RadixServer(pool, sequences, SPARE_TOKENS);
    LightllmScheduler.Settings settings = new LightllmScheduler.Settings(
        sequences, options.count(MAX_BATCHED_TOKENS), options.share(RELAXED_BELOW));
    return server.with(
        new LightllmScheduler(settings, pool, server.requests(), server.allocator()),
        options.count(RadixServer.MAX_NEW_TOKENS));
  }
}
