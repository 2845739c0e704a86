package kvlab.engine;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntToLongFunction;
import java.util.stream.Collectors;
import kvlab.workload.InputException;
import kvlab.workload.RequestStream;

/**
 * Which replica of a fleet a request goes to. A router sees what one in front of real servers sees: the
 * request's prompt, what it has sent where and what has come back, and the KV in use that servers report;
 * never an output length. Of equals the first replica is taken.
 */
public enum Router {
  /** One after another. */
  ROUND_ROBIN(false) {
    @Override
    Choice choice(Replicas replicas) {
      return new Choice() {
        private int next = -1;

        @Override
        public int of(RequestStream request) {
          next = (next + 1) % replicas.count();
          return next;
        }
      };
    }
  },

  /** The one with the fewest requests that have not come back. */
  LEAST_OUTSTANDING(true) {
    @Override
    Choice choice(Replicas replicas) {
      return request -> least(replicas.count(), replicas::outstanding);
    }
  },

  /** The one with the fewest pages in use that are not merely cached, then with the fewest requests. */
  LEAST_KV(true) {
    @Override
    Choice choice(Replicas replicas) {
      return request -> {
        long fewest = replicas.pagesInUse(least(replicas.count(), replicas::pagesInUse));
        return least(
            replicas.count(),
            replica -> replicas.pagesInUse(replica) == fewest
                ? replicas.outstanding(replica)
                : Long.MAX_VALUE);
      };
    }
  },

  /**
   * Where the longest known run of its leading prompt blocks went last, of the {@value #REMEMBERED} blocks
   * used last; one whose first block is new goes to the replica with the fewest outstanding requests.
   * Routers of real services also stop at an imbalance between replicas; this one does not.
   */
  PREFIX_AFFINITY(true) {
    @Override
    Choice choice(Replicas replicas) {
      Map<Long, Integer> sentTo = remembered();
      return request -> {
        int blocks = Math.max(1, request.hashCount());
        int chosen = -1;
        for (int i = 0; i < blocks; i++) {
          Integer replica = sentTo.get(block(request, i));
          if (replica == null) {
            break;
          }
          chosen = replica;
        }
        if (chosen < 0) {
          chosen = least(replicas.count(), replicas::outstanding);
        }
        for (int i = 0; i < blocks; i++) {
          sentTo.put(block(request, i), chosen);
        }
        return chosen;
      };
    }
  },

  /** By a hash of its prompt key, or of its first prompt block where it has blocks: always the same one. */
  SESSION(false) {
    @Override
    Choice choice(Replicas replicas) {
      return request -> (int) Long.remainderUnsigned(mixed(block(request, 0)), replicas.count());
    }
  };

  static final int REMEMBERED = 1 << 20;

  /** The router of that name. */
  public static Router named(String name) {
    for (Router router : values()) {
      if (router.toString().equals(name)) {
        return router;
      }
    }
    throw new InputException("unknown router '" + name + "'; there are "
        + Arrays.stream(values()).map(Router::toString).collect(Collectors.joining(", ")));
  }

  /** Its name on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private final boolean looksAtReplicas;

  Router(boolean looksAtReplicas) {
    this.looksAtReplicas = looksAtReplicas;
  }

  /** Whether its choice depends on what the replicas have done. */
  boolean looksAtReplicas() {
    return looksAtReplicas;
  }

  /** Makes a router's memory. */
  abstract Choice choice(Replicas replicas);

  /** A router at work. */
  interface Choice {
    int of(RequestStream request);
  }

  /** The replicas, as a router knows them. */
  interface Replicas {
    int count();

    /** Requests sent there that have neither finished nor been turned away. */
    long outstanding(int replica);

    /** Pages that its server says are held. */
    long pagesInUse(int replica);
  }

  private static int least(int count, IntToLongFunction of) {
    int least = 0;
    for (int replica = 1; replica < count; replica++) {
      if (of.applyAsLong(replica) < of.applyAsLong(least)) {
        least = replica;
      }
    }
    return least;
  }

  /** The hash id of a block of the prompt; without hash ids the prompt is one block, its key. */
  private static long block(RequestStream request, int index) {
    return request.hashCount() == 0 ? request.promptKey() : request.hashId(index);
  }

  private static Map<Long, Integer> remembered() {
    return new LinkedHashMap<>(16, 0.75f, true) {
      @Override
      protected boolean removeEldestEntry(Map.Entry<Long, Integer> eldest) {
        return size() > REMEMBERED;
      }
    };
  }

  /** The finaliser of SplitMix64 (Steele et al., OOPSLA 2014). */
  private static long mixed(long key) {
    long z = key;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
