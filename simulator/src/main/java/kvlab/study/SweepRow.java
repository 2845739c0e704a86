package kvlab.study;

import java.util.Map;

/**
 * What one configuration of a sweep came to.
 *
 * @param cells its summary by column; empty where it failed
 * @param failure why there is no summary; empty where there is one
 * @param broken whether it failed by a fault of kvlab
 */
public record SweepRow(Map<String, String> cells, String failure, boolean broken) {
  public boolean failed() {
    return !failure.isEmpty();
  }
}
