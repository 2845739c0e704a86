package kvlab.workload;

import java.util.Arrays;

/** One data row as its format's reader leaves it; the same object for every row of a file. */
final class RowFields {
  /** 0 where the row has no time. */
  long arrivalNanos;

  int promptTokens;
  int outputTokens;
  int priority;
  boolean keyed;
  long promptKey;

  /** Prompt tokens per hash id, as the format or the row says. */
  int hashBlockTokens;

  long[] hashIds = new long[64];
  int hashCount;

  /** Whether the file states the request's id; else it is the row's number. */
  boolean identified;

  long id;

  /** Forgets what only some rows have. */
  void clear() {
    priority = 0;
    keyed = false;
    hashCount = 0;
    identified = false;
  }

  void addHashId(long id) {
    if (hashCount == hashIds.length) {
      hashIds = Arrays.copyOf(hashIds, 2 * hashCount);
    }
    hashIds[hashCount++] = id;
  }
}
