package kvlab.capacity;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import kvlab.workload.InputException;

/**
 * The element type of cached keys and values.
 *
 * <p>Elements come in groups that share a scale; a group of {@link #groupElements} elements takes
 * {@link #groupBytes} bytes. {@code auto} is the 16-bit type of the model. {@code fp8} and {@code
 * int8} have one scale per tensor, which costs nothing per token. {@code int4} has a 16-bit scale
 * for every 32 elements, 18 bytes together (as the q4_0 format of llama.cpp).
 *
 * <p>{@code fp8_ds_mla} is the layout of FlashMLA for a 512 + 64 latent: 512 fp8 elements, 4 fp32
 * scales of 128 elements each and 64 bf16 rotary elements, 656 bytes per token and layer.
 */
public enum KvDtype {
  AUTO(1, 2),
  FP16(1, 2),
  BF16(1, 2),
  FP8(1, 1),
  INT8(1, 1),
  INT4(32, 18),
  FP8_DS_MLA(512 + 64, 512 + 4 * 4 + 64 * 2);

  private final int groupElements;
  private final int groupBytes;

  KvDtype(int groupElements, int groupBytes) {
    this.groupElements = groupElements;
    this.groupBytes = groupBytes;
  }

  /** The type called so on the command line, in any case. */
  public static KvDtype named(String text) {
    return Arrays.stream(values())
        .filter(d -> d.toString().equals(text.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(() -> new InputException("KV dtype " + text + " is none of " + names()));
  }

  private static String names() {
    return Arrays.stream(values()).map(KvDtype::toString).collect(Collectors.joining(", "));
  }

  /** Bytes of so many elements that lie together; a part of a group takes a whole one. */
  public long bytes(long elements) {
    return Math.multiplyExact((elements + groupElements - 1) / groupElements, groupBytes);
  }

  /** As on the command line: lower case. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
