package kvlab.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Loads traces from text that a test writes down. */
final class Loading {
  private Loading() {}

  static LoadedTrace<Trace> load(String text) {
    return load(text, ReadOptions.DEFAULT);
  }

  static LoadedTrace<Trace> load(String text, ReadOptions options) {
    return load(text.getBytes(StandardCharsets.UTF_8), Optional.empty(), options);
  }

  static LoadedTrace<Trace> load(byte[] bytes, Optional<TraceFormat> format, ReadOptions options) {
    return Traces.load("t.csv", new ByteArrayInputStream(bytes), format, options);
  }

  /** The message of the refusal; it is one line. */
  static String refusal(String text) {
    return refusal(text.getBytes(StandardCharsets.UTF_8));
  }

  static String refusal(byte[] bytes) {
    InputException refused = assertThrows(
        InputException.class, () -> load(bytes, Optional.empty(), ReadOptions.DEFAULT));
    String message = String.valueOf(refused.getMessage());
    assertEquals(1, message.lines().count(), message);
    return message;
  }

  static long[] arrivals(Trace trace) {
    long[] nanos = new long[trace.size()];
    for (int i = 0; i < nanos.length; i++) {
      nanos[i] = trace.arrivalNanos(i);
    }
    return nanos;
  }

  static int[] prompts(Trace trace) {
    int[] tokens = new int[trace.size()];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = trace.promptTokens(i);
    }
    return tokens;
  }

  static int[] outputs(Trace trace) {
    int[] tokens = new int[trace.size()];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = trace.outputTokens(i);
    }
    return tokens;
  }

  static long[] hashIds(Trace trace, int request) {
    long[] ids = new long[trace.hashCount(request)];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = trace.hashId(request, i);
    }
    return ids;
  }
}
