package kvlab.gpu.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Bit patterns from IEEE 754 and from the bfloat16 format. */
final class ElementTypeTest {
  @ParameterizedTest
  @CsvSource({
    "FP16, 1, 3c00",
    "FP16, -2, c000",
    "FP16, 65504, 7bff",
    "FP16, 65519.996, 7bff",
    "FP16, 65520, 7c00",
    "FP16, 6.1035156e-5, 400",
    "FP16, 5.9604645e-8, 1",
    "FP16, 2.9802322e-8, 0",
    "FP16, 6.1005e-5, 3ff",
    "FP16, 2049, 6800",
    "FP16, 2051, 6802",
    "BF16, 1, 3f80",
    "BF16, 1.00390625, 3f80",
    "BF16, 1.01171875, 3f82",
    "BF16, -3, c040"
  })
  void roundsToTheNearestTiesToEven(ElementType type, float value, String bits) {
    assertEquals(bits, Integer.toHexString(type.bits(value) & 0xffff));
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void everyNumberComesBack(ElementType type) {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float value = type.value((short) bits);
      if (Float.isNaN(value)) {
        assertTrue(Float.isNaN(type.value(type.bits(value))));
      } else {
        assertEquals((short) bits, type.bits(value), "bits " + Integer.toHexString(bits));
      }
    }
  }
}
