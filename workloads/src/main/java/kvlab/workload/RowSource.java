package kvlab.workload;

/**
 * The data rows of one open trace file, in the order of the file, as one format reads them. It checks
 * values and keeps nothing; what becomes of a row is its caller's business.
 */
interface RowSource {
  /** Fills the fields from the next row; false at the end. */
  boolean next(RowFields into);

  /** Where the row read last stands, for messages: {@code file:line}. */
  String place();

  /** Whether the rows carry times; known after the first row. */
  boolean timed();

  /** Whether the times are dates, so that only their distance from the earliest means anything. */
  default boolean dated() {
    return false;
  }
}
