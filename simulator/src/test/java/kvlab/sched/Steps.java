package kvlab.sched;

import kvlab.kv.PageHashes;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import kvlab.kv.RadixAllocator;
import kvlab.step.Batch;

/** A scheduler's surroundings for scenarios worked by hand: requests, a pool of single tokens, steps. */
final class Steps {
  final Requests requests = new Requests();
  final Pool pool;
  final RadixAllocator allocator;
  final Batch batch = new Batch(16);
  private final PageHashes hashes = new PageHashes(1);

  Steps(int slots) {
    pool = new Pool(slots, 1);
    allocator = new RadixAllocator(new PageTable(pool, 16), hashes, 2);
  }

  /** A request that declares so many new tokens; equal keys mean equal prompts. */
  int arrive(Scheduler scheduler, int prompt, int maxNew, long key) {
    int request = requests.add(requests.handles(), 0, prompt, prompt + maxNew, 0);
    hashes.start(request, request, prompt, key, 0, 0, i -> 0);
    scheduler.enqueue(request);
    return request;
  }

  /** Schedules and computes; what was computed, as "request:tokens" in the order of the batch. */
  String run(Scheduler scheduler) {
    scheduler.schedule(batch);
    StringBuilder computed = new StringBuilder();
    for (int i = 0; i < batch.size(); i++) {
      int request = batch.request(i);
      computed.append(i == 0 ? "" : " ").append(request).append(':').append(batch.tokens(i));
      requests.computed(request, batch.tokens(i));
      if (requests.computedTokens(request) == requests.knownTokens(request)) {
        requests.sampled(request);
      }
    }
    return computed.toString();
  }

  void run(Scheduler scheduler, int steps) {
    for (int i = 0; i < steps; i++) {
      run(scheduler);
    }
  }

  /** The request is done; its handle is not used again. */
  void finish(Scheduler scheduler, int request) {
    IntList finished = new IntList();
    finished.add(request);
    scheduler.finish(finished);
  }
}
