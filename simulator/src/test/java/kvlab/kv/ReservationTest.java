package kvlab.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Orca's variants as in SOSP 2023, section 6.1: the estimate is added to the prompt, then cut. */
final class ReservationTest {
  private static final Map<String, Reservation> NAMED = Map.of(
      "MAX", Reservation.MAX,
      "POW2", Reservation.POW2,
      "ORACLE", Reservation.ORACLE,
      "CURRENT", Reservation.CURRENT,
      "DECLARED", Reservation.declared(512));

  @ParameterizedTest
  @CsvSource({
    "MAX, 161, 338, 2048",
    "POW2, 161, 338, 673", // 161 + 512
    "POW2, 10, 25, 42", // "at most 2x": 25 counts as 32
    "POW2, 10, 32, 42", // a power of two counts as itself
    "POW2, 10, 1, 11",
    "POW2, 1500, 400, 2012",
    "POW2, 1500, 520, 2048", // cut at the maximum
    "ORACLE, 161, 338, 499",
    "CURRENT, 161, 338, 161",
    "DECLARED, 161, 338, 673",
    "DECLARED, 1800, 100, 2048"
  })
  void claims(String name, int prompt, int output, int expected) {
    assertEquals(
        expected, Objects.requireNonNull(NAMED.get(name)).claimTokens(0, prompt, output, 2048));
  }
}
