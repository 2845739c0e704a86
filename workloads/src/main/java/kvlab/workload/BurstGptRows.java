package kvlab.workload;

/**
 * BurstGPT: {@code Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type}, found by
 * name because versions insert columns; times are seconds from the start. Requests that failed have
 * zero response tokens.
 *
 * <p>Y. Wang et al., "BurstGPT: A Real-World Workload Dataset to Optimize LLM Serving Systems", 2024;
 * github.com/HPMLL/BurstGPT.
 */
final class BurstGptRows implements RowSource {
  private static final String TIMESTAMP = "Timestamp";
  private static final String REQUEST = "Request tokens";
  private static final String RESPONSE = "Response tokens";
  private static final int SECONDS_TO_NANOS_DIGITS = 9;

  private final CsvRows rows;
  private final int timestamp;
  private final int request;
  private final int response;

  BurstGptRows(TraceInput in) {
    rows = new CsvRows(new ByteLines(in));
    timestamp = rows.requiredColumn(TIMESTAMP);
    request = rows.requiredColumn(REQUEST);
    response = rows.requiredColumn(RESPONSE);
  }

  static boolean matches(TraceHead head) {
    return head.hasColumns(TIMESTAMP, REQUEST, RESPONSE);
  }

  @Override
  public boolean next(RowFields into) {
    if (!rows.next()) {
      return false;
    }
    into.clear();
    into.arrivalNanos = rows.decimal(timestamp, SECONDS_TO_NANOS_DIGITS);
    into.promptTokens = rows.tokens(request);
    into.outputTokens = rows.tokens(response);
    return true;
  }

  @Override
  public String place() {
    return rows.place();
  }

  @Override
  public boolean timed() {
    return true;
  }
}
