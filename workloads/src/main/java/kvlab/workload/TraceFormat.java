package kvlab.workload;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The trace formats that can be read; the first that recognises a file's content reads it. */
@SuppressWarnings("ImmutableEnumChecker") // the references are to functions without state
public enum TraceFormat {
  BINARY(
      "bin",
      "binary columns, mapped when replayed: what 'kvlab trace convert --to bin' writes",
      BinaryRows::matches,
      BinaryRows::new),
  NATIVE(
      "native",
      "CSV: arrival_ns or arrival_s, prompt_tokens, output_tokens, ...",
      NativeRows::isTimed,
      NativeRows::timed),
  LENGTHS(
      "lengths",
      "CSV: prompt_tokens, output_tokens; no times, all requests arrive at 0",
      NativeRows::isLengths,
      NativeRows::lengths),
  AZURE(
      "azure",
      "Azure LLM inference 2023/2024 CSV: TIMESTAMP, ContextTokens, GeneratedTokens",
      AzureRows::matches,
      AzureRows::new),
  BURSTGPT(
      "burstgpt",
      "BurstGPT CSV: Timestamp, Request tokens, Response tokens, ...",
      BurstGptRows::matches,
      BurstGptRows::new),
  MOONCAKE(
      "mooncake",
      "Mooncake JSON lines: timestamp (ms), input_length, output_length, hash_ids (512 tokens)",
      JsonRows::isMooncake,
      JsonRows::mooncake),
  BAILIAN(
      "bailian",
      "Qwen-Bailian JSON lines: chat_id, timestamp (s), ..., hash_ids (16 tokens)",
      JsonRows::isBailian,
      JsonRows::bailian);

  private final String id;
  private final String description;
  private final Predicate<TraceHead> detector;
  private final Function<TraceInput, RowSource> reader;

  TraceFormat(
      String id,
      String description,
      Predicate<TraceHead> detector,
      Function<TraceInput, RowSource> reader) {
    this.id = id;
    this.description = description;
    this.detector = detector;
    this.reader = reader;
  }

  /** The name on the command line. */
  public String id() {
    return id;
  }

  /** One line on what the format looks like. */
  public String description() {
    return description;
  }

  /** The format of that name. */
  public static TraceFormat named(String name) {
    return Arrays.stream(values())
        .filter(format -> format.id.equals(name))
        .findFirst()
        .orElseThrow(
            () -> new InputException("unknown trace format '" + name + "'; known are " + ids()));
  }

  /** All names, for a message or a help text. */
  public static String ids() {
    return Arrays.stream(values()).map(TraceFormat::id).collect(Collectors.joining(", "));
  }

  static Optional<TraceFormat> recognise(TraceHead head) {
    return Arrays.stream(values()).filter(format -> format.detector.test(head)).findFirst();
  }

  RowSource open(TraceInput in) {
    return reader.apply(in);
  }

  @Override
  public String toString() {
    return id;
  }
}
