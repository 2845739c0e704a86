package kvlab.workload;

/**
 * Azure LLM inference traces of 2023 and 2024: {@code TIMESTAMP,ContextTokens,GeneratedTokens}, times
 * as {@link Timestamps} reads them.
 *
 * <p>P. Patel et al., "Splitwise: Efficient Generative LLM Inference Using Phase Splitting", ISCA
 * 2024; github.com/Azure/AzurePublicDataset. A file whose times all are the letters {@code XXX}, as
 * published for LMSYS-Chat lengths in this layout, is a list of lengths.
 */
final class AzureRows implements RowSource {
  private static final String TIMESTAMP = "TIMESTAMP";
  private static final String CONTEXT = "ContextTokens";
  private static final String GENERATED = "GeneratedTokens";

  private final CsvRows rows;
  private final int timestamp;
  private final int context;
  private final int generated;
  private final Timestamps times = new Timestamps();
  private boolean first = true;
  private boolean timed;

  AzureRows(TraceInput in) {
    rows = new CsvRows(new ByteLines(in));
    timestamp = rows.requiredColumn(TIMESTAMP);
    context = rows.requiredColumn(CONTEXT);
    generated = rows.requiredColumn(GENERATED);
  }

  static boolean matches(TraceHead head) {
    return head.hasColumns(TIMESTAMP, CONTEXT, GENERATED);
  }

  @Override
  public boolean next(RowFields into) {
    if (!rows.next()) {
      return false;
    }
    boolean masked = isMasked();
    if (first) {
      timed = !masked;
      first = false;
    }
    if (masked == timed) {
      throw rows.bad(timestamp, "among rows that " + (timed ? "have times" : "have none"));
    }
    into.clear();
    into.arrivalNanos = timed ? arrivalNanos() : 0;
    into.promptTokens = rows.tokens(context);
    into.outputTokens = rows.tokens(generated);
    return true;
  }

  @Override
  public String place() {
    return rows.place();
  }

  @Override
  public boolean timed() {
    return timed;
  }

  @Override
  public boolean dated() {
    return true;
  }

  private long arrivalNanos() {
    long nanos = times.nanos(rows.bytes(), rows.from(timestamp), rows.to(timestamp));
    if (nanos < 0) {
      throw rows.bad(timestamp, "is not a time such as 2023-11-16 18:15:46.6805900");
    }
    return nanos;
  }

  private boolean isMasked() {
    int at = rows.from(timestamp);
    byte[] b = rows.bytes();
    return rows.to(timestamp) - at == 3 && b[at] == 'X' && b[at + 1] == 'X' && b[at + 2] == 'X';
  }
}
