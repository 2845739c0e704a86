package kvlab.workload;

import java.nio.charset.StandardCharsets;

/**
 * Traces of one JSON object per line with {@code timestamp}, {@code input_length}, {@code
 * output_length} and, mostly, {@code hash_ids} of the prompt's blocks; other keys are ignored.
 *
 * <pre>
 *   format     timestamp       tokens per hash id
 *   mooncake   milliseconds    512
 *   bailian    seconds         16                   also chat_id, parent_chat_id, type, turn
 * </pre>
 *
 * <p>Mooncake: R. Qin et al., "Mooncake: Trading More Storage for Less Computation", FAST 2025;
 * github.com/kvcache-ai/Mooncake. Bailian: J. Wang et al., "KVCache Cache in the Wild", ATC 2025;
 * github.com/alibaba-edu/qwen-bailian-usagetraces-anon.
 */
final class JsonRows implements RowSource {
  private static final String TIMESTAMP = "timestamp";
  private static final String INPUT = "input_length";
  private static final String OUTPUT = "output_length";
  private static final String HASH_IDS = "hash_ids";
  private static final String CHAT = "chat_id";

  private static final byte[] TIMESTAMP_KEY = TIMESTAMP.getBytes(StandardCharsets.UTF_8);
  private static final byte[] INPUT_KEY = INPUT.getBytes(StandardCharsets.UTF_8);
  private static final byte[] OUTPUT_KEY = OUTPUT.getBytes(StandardCharsets.UTF_8);
  private static final byte[] HASH_IDS_KEY = HASH_IDS.getBytes(StandardCharsets.UTF_8);

  private static final int MILLIS_TO_NANOS_DIGITS = 6;
  private static final int SECONDS_TO_NANOS_DIGITS = 9;
  private static final int BAILIAN_HASH_BLOCK_TOKENS = 16;

  private final ByteLines lines;
  private final JsonObjectLine json;
  private final int timeShift;
  private final int hashBlockTokens;

  private JsonRows(TraceInput in, int timeShift, int hashBlockTokens) {
    this.lines = new ByteLines(in);
    this.json = new JsonObjectLine(lines);
    this.timeShift = timeShift;
    this.hashBlockTokens = hashBlockTokens;
  }

  static RowSource mooncake(TraceInput in) {
    return new JsonRows(in, MILLIS_TO_NANOS_DIGITS, NativeRows.DEFAULT_HASH_BLOCK_TOKENS);
  }

  static RowSource bailian(TraceInput in) {
    return new JsonRows(in, SECONDS_TO_NANOS_DIGITS, BAILIAN_HASH_BLOCK_TOKENS);
  }

  static boolean isMooncake(TraceHead head) {
    return head.hasKeys(TIMESTAMP, INPUT, OUTPUT) && !head.hasKeys(CHAT);
  }

  static boolean isBailian(TraceHead head) {
    return head.hasKeys(TIMESTAMP, INPUT, OUTPUT, CHAT);
  }

  @Override
  public boolean next(RowFields into) {
    if (!json.next()) {
      return false;
    }
    into.clear();
    into.arrivalNanos = -1;
    into.promptTokens = -1;
    into.outputTokens = -1;
    into.hashBlockTokens = hashBlockTokens;
    while (json.nextKey()) {
      if (json.keyIs(TIMESTAMP_KEY)) {
        into.arrivalNanos = json.decimal(timeShift);
      } else if (json.keyIs(INPUT_KEY)) {
        into.promptTokens = json.tokens();
      } else if (json.keyIs(OUTPUT_KEY)) {
        into.outputTokens = json.tokens();
      } else if (json.keyIs(HASH_IDS_KEY)) {
        json.hashIds(into);
      } else {
        json.skipValue();
      }
    }
    if (into.arrivalNanos < 0) {
      throw json.missing(TIMESTAMP);
    }
    if (into.promptTokens < 0) {
      throw json.missing(INPUT);
    }
    if (into.outputTokens < 0) {
      throw json.missing(OUTPUT);
    }
    return true;
  }

  @Override
  public String place() {
    return lines.place();
  }

  @Override
  public boolean timed() {
    return true;
  }
}
