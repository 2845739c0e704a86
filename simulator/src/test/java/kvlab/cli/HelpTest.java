package kvlab.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every command's help, which picocli formats and complains of past the streams that it is given. */
class HelpTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "compare",
        "replay",
        "sweep",
        "plan",
        "report",
        "chart",
        "results",
        "trace",
        "trace info",
        "trace convert",
        "trace generate",
        "trace fetch",
        "calibrate",
        "validate",
        "validate golden",
        "validate paper",
        "validate measured",
        "validate operators",
        "list"
      })
  void isFormattedWithoutComplaint(String command) {
    PrintStream before = System.err;
    ByteArrayOutputStream complaints = new ByteArrayOutputStream();
    System.setErr(new PrintStream(complaints, true, StandardCharsets.UTF_8));
    try {
      Ran ran = Ran.line(command + " --help");
      assertEquals(0, ran.exit(), ran.err());
      assertTrue(ran.out().startsWith("Usage: kvlab " + command), ran.out());
    } finally {
      System.setErr(before);
    }
    assertEquals("", complaints.toString(StandardCharsets.UTF_8));
  }

  @Test
  void showsPercentSignsOfExamplesOnce() {
    assertTrue(Ran.line("plan --help").out().contains("attainment=99% --designs"));
  }
}
