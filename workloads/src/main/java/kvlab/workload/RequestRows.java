package kvlab.workload;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The rows of one open file that are requests, in the order of the file: rows without a prompt or
 * without output are left out and counted, and reading stops at the limit.
 */
final class RequestRows {
  private static final String ZERO_PROMPT = "zero prompt tokens";
  private static final String ZERO_OUTPUT = "zero output tokens";

  private final RowSource rows;
  private final ReadOptions options;
  private final RowFields row = new RowFields();
  private final Map<String, Long> dropped = new LinkedHashMap<>();
  private long read;
  private long used;
  private int hashBlockTokens;

  RequestRows(RowSource rows, ReadOptions options) {
    this.rows = rows;
    this.options = options;
  }

  /** Moves to the next request; false at the end or at the limit. */
  boolean next() {
    while (used < options.limit() && rows.next(row)) {
      read++;
      if (row.promptTokens > 0 && row.outputTokens > 0) {
        used++;
        checkHashBlock();
        return true;
      }
      drop(row.promptTokens == 0 ? ZERO_PROMPT : ZERO_OUTPUT);
    }
    return false;
  }

  private void drop(String reason) {
    if (options.zeroTokens() == ReadOptions.ZeroTokens.REFUSE) {
      throw new InputException(rows.place() + ": " + reason);
    }
    dropped.merge(reason, 1L, Long::sum);
  }

  /** All hash ids of a file stand for equally many tokens. */
  private void checkHashBlock() {
    if (row.hashCount == 0) {
      return;
    }
    int unit = options.hashBlockTokens() > 0 ? options.hashBlockTokens() : row.hashBlockTokens;
    if (hashBlockTokens == 0) {
      hashBlockTokens = unit;
    } else if (hashBlockTokens != unit) {
      throw new InputException(String.format(
          "%s: %d tokens per hash id, but %d before", rows.place(), unit, hashBlockTokens));
    }
  }

  /** The request's fields, until the next is asked for. */
  RowFields row() {
    return row;
  }

  /** The request's data row in the file, from 0; where the file itself states ids, that id. */
  long id() {
    return row.identified ? row.id : read - 1;
  }

  String place() {
    return rows.place();
  }

  /** Tokens per hash id of the requests so far; 0 while none had hash ids. */
  int hashBlockTokens() {
    return hashBlockTokens;
  }

  boolean timed() {
    return rows.timed();
  }

  boolean dated() {
    return rows.dated();
  }

  /** What became of the rows so far. */
  RowCounts counts(long reordered) {
    return new RowCounts(read, used, dropped, reordered);
  }

  /** The exception for a file in which no row is a request. */
  InputException nothing(String file) {
    return new InputException(
        file + ": no requests" + (read == 0 ? "" : ": rows dropped: " + dropped));
  }
}
