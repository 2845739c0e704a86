package kvlab.workload;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What became of the data rows of a file: {@code read == used + dropped}, always.
 *
 * @param read rows read
 * @param used rows that became requests
 * @param droppedByReason rows left out, by reason, in the order in which the reasons came up
 * @param reordered requests that arrived before the one just above them in the file
 */
public record RowCounts(long read, long used, Map<String, Long> droppedByReason, long reordered) {
  public RowCounts {
    droppedByReason = Collections.unmodifiableMap(new LinkedHashMap<>(droppedByReason));
    long dropped = droppedByReason.values().stream().mapToLong(Long::longValue).sum();
    if (read != used + dropped) {
      throw new IllegalStateException(
          read + " rows read, but " + used + " used and " + dropped + " dropped");
    }
  }

  /** Rows left out, for whatever reason. */
  public long dropped() {
    return read - used;
  }
}
