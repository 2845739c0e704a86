package kvlab.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import kvlab.workload.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AxisTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "page-tokens=1,8,16,32..256x2 | 1 8 16 32 64 128 256",
        "rate-scale=1:4:0.5           | 1 1.5 2 2.5 3 3.5 4",
        "watermark=0:0.3:0.1          | 0 0.1 0.2 0.3", // no 0.30000000000000004
        "pages=10..100x2              | 10 20 40 80",
        "x=1..10x1.5                  | 1 1.5 2.25 3.375 5.0625 7.59375",
        "x=-1:1:1                     | -1 0 1",
        "pages=100:100:1              | 100",
        "model= llama-2-7b , opt-13b  | llama-2-7b opt-13b",
        "--gpu=a100-80g               | a100-80g",
        "step-time=roofline;linear:1,2,3 | roofline linear:1,2,3",
        "mix=1:2:1,a,8..16x2          | 1 2 a 8 16"
      })
  void readsListsAndRanges(String text, String expected) {
    assertEquals(List.of(expected.split(" ")), Axis.parse(text).values());
  }

  @Test
  void knowsTheNameWithoutDashes() {
    assertEquals("gpu", Axis.parse("--gpu=a").name());
    assertEquals("page-tokens", Axis.parse("page-tokens=8").name());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pages",
        "=1,2",
        "pages=",
        "pages=1,,2",
        "pages=1,1",
        "pages=1:4:0",
        "pages=4:1:1",
        "pages=1..8x1",
        "pages=0..8x2",
        "pages=8..1x2",
        "pages=8,4..16x2",
        "pages=1:9999999:1"
      })
  void refusesWhatHasNoMeaning(String text) {
    InputException refused = assertThrows(InputException.class, () -> Axis.parse(text));
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.startsWith("--vary '" + text + "'"), message);
  }

  @Test
  void combinesAxesTheLastFastest() {
    List<Axis> axes = List.of(Axis.parse("a=1,2"), Axis.parse("b=x,y,z"));
    assertEquals(
        "[[1, x], [1, y], [1, z], [2, x], [2, y], [2, z]]", Axis.grid(axes, 6).toString());
    assertThrows(InputException.class, () -> Axis.grid(axes, 5));
    assertEquals(List.of(List.of()), Axis.grid(List.of(), 1));
  }
}
