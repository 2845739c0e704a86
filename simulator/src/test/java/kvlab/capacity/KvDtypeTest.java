package kvlab.capacity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import kvlab.workload.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bytes of cached elements; kv-systems.md, section 3.4, and the block format q4_0 of llama.cpp. */
final class KvDtypeTest {
  /** A head of 128 elements; int4: 4 groups of 16 bytes of elements and 2 of scale. */
  @ParameterizedTest
  @CsvSource({"auto, 256", "fp16, 256", "bf16, 256", "fp8, 128", "int8, 128", "int4, 72"})
  void aHeadTakes(String dtype, long bytes) {
    assertEquals(bytes, KvDtype.named(dtype).bytes(128));
  }

  /** Half a byte and a scale of 2 bytes for every 32: 0.5625 bytes, 0.281 of 16 bits. */
  @Test
  void int4IsHalfAByteAndItsShareOfAScale() {
    assertEquals(32 / 2 + 2, KvDtype.INT4.bytes(32));
    assertEquals(0.5 + 2.0 / 32, KvDtype.INT4.bytes(3200) / 3200.0);
    assertEquals(0.28125, KvDtype.INT4.bytes(3200) / (double) KvDtype.FP16.bytes(3200));
  }

  @Test
  void aPartOfAGroupTakesAWholeOne() {
    assertEquals(18, KvDtype.INT4.bytes(1));
    assertEquals(36, KvDtype.INT4.bytes(33));
    assertEquals(0, KvDtype.INT4.bytes(0));
  }

  /** 512 fp8 elements, 4 fp32 scales, 64 bf16 elements. */
  @Test
  void theLatentOfFlashMlaTakes656Bytes() {
    assertEquals(656, KvDtype.FP8_DS_MLA.bytes(576));
  }

  @Test
  void namesWhatItDoesNotKnow() {
    assertThrows(InputException.class, () -> KvDtype.named("int3"));
    assertEquals(KvDtype.FP8, KvDtype.named("FP8"));
  }
}
