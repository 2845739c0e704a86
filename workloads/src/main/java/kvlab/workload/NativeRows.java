package kvlab.workload;

/**
 * The trace format of this program: CSV by column names, other columns ignored.
 *
 * <pre>
 *   arrival_ns | arrival_s   whole nanoseconds, or decimal seconds kept to the nanosecond
 *   prompt_tokens
 *   output_tokens
 *   priority                 optional; smaller is more important
 *   prompt_key               optional; rows with equal keys share one prompt; may be empty
 *   hash_ids                 optional; ids of the prompt's blocks, separated by blanks; may be empty
 *   hash_block               optional; tokens per hash id, the same in every row; 512 without
 * </pre>
 *
 * <p>A file without an arrival column is a list of lengths: all requests at time 0.
 */
final class NativeRows implements RowSource {
  static final String ARRIVAL_NANOS = "arrival_ns";
  static final String ARRIVAL_SECONDS = "arrival_s";
  static final String PROMPT = "prompt_tokens";
  static final String OUTPUT = "output_tokens";
  static final String PRIORITY = "priority";
  static final String PROMPT_KEY = "prompt_key";
  static final String HASH_IDS = "hash_ids";
  static final String HASH_BLOCK = "hash_block";

  /** Mooncake's unit, and that of hash ids whose unit nobody states. */
  static final int DEFAULT_HASH_BLOCK_TOKENS = 512;

  private final CsvRows rows;
  private final int arrival;
  private final int arrivalShift;
  private final int prompt;
  private final int output;
  private final int priority;
  private final int promptKey;
  private final int hashIds;
  private final int hashBlock;

  private NativeRows(TraceInput in, boolean timed) {
    rows = new CsvRows(new ByteLines(in));
    int nanos = timed ? rows.column(ARRIVAL_NANOS) : -1;
    if (timed) {
      arrival = nanos >= 0 ? nanos : rows.requiredColumn(ARRIVAL_SECONDS);
    } else {
      arrival = -1;
    }
    arrivalShift = nanos >= 0 ? 0 : 9;
    prompt = rows.requiredColumn(PROMPT);
    output = rows.requiredColumn(OUTPUT);
    priority = rows.column(PRIORITY);
    promptKey = rows.column(PROMPT_KEY);
    hashIds = rows.column(HASH_IDS);
    hashBlock = rows.column(HASH_BLOCK);
  }

  static RowSource timed(TraceInput in) {
    return new NativeRows(in, true);
  }

  static RowSource lengths(TraceInput in) {
    return new NativeRows(in, false);
  }

  static boolean isTimed(TraceHead head) {
    return isLengths(head) && (head.hasColumns(ARRIVAL_NANOS) || head.hasColumns(ARRIVAL_SECONDS));
  }

  static boolean isLengths(TraceHead head) {
    return head.hasColumns(PROMPT, OUTPUT);
  }

  @Override
  public boolean next(RowFields into) {
    if (!rows.next()) {
      return false;
    }
    into.clear();
    into.arrivalNanos = arrival < 0 ? 0 : arrivalNanos();
    into.promptTokens = rows.tokens(prompt);
    into.outputTokens = rows.tokens(output);
    if (priority >= 0) {
      into.priority = priority();
    }
    if (promptKey >= 0 && !rows.isEmpty(promptKey)) {
      into.keyed = true;
      into.promptKey = rows.signed(promptKey);
    }
    if (hashIds >= 0) {
      hashIds(into);
    }
    return true;
  }

  @Override
  public String place() {
    return rows.place();
  }

  @Override
  public boolean timed() {
    return arrival >= 0;
  }

  private long arrivalNanos() {
    if (arrivalShift != 0) {
      return rows.decimal(arrival, arrivalShift);
    }
    return rows.checked(
        arrival, Numbers.whole(rows.bytes(), rows.from(arrival), rows.to(arrival), Long.MAX_VALUE));
  }

  private int priority() {
    long value = rows.isEmpty(priority) ? 0 : rows.signed(priority);
    if (value != (int) value) {
      throw rows.bad(priority, Numbers.problem(Numbers.TOO_LARGE));
    }
    return (int) value;
  }

  private void hashIds(RowFields into) {
    into.hashBlockTokens = DEFAULT_HASH_BLOCK_TOKENS;
    if (hashBlock >= 0) {
      into.hashBlockTokens = rows.tokens(hashBlock);
      if (into.hashBlockTokens == 0) {
        throw rows.bad(hashBlock, "is not a positive number of tokens");
      }
    }
    byte[] b = rows.bytes();
    int to = rows.to(hashIds);
    int at = rows.from(hashIds);
    while (at < to) {
      int from = at;
      while (at < to && b[at] != ' ') {
        at++;
      }
      boolean minus = b[from] == '-';
      long id = Numbers.whole(b, minus ? from + 1 : from, at, Long.MAX_VALUE);
      if (id < 0) {
        throw rows.badPart(hashIds, from, at, Numbers.problem(id));
      }
      into.addHashId(minus ? -id : id);
      while (at < to && b[at] == ' ') {
        at++;
      }
    }
  }
}
