package kvlab.gpu.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import kvlab.gpu.TestDevice;
import kvlab.gpu.device.Device;
import kvlab.gpu.device.DeviceMemory;
import kvlab.gpu.device.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The primitives that kernels are made of, through the driver, against {@code conformance.csv}: the bits that
 * our reading of the PTX manual gives. On the CPU twin that is the reading itself; on a GPU it is the proof.
 */
final class ConformanceTest {
  private static final int WORDS = 4;

  @BeforeEach
  void device() {
    TestDevice.require();
  }

  @AfterEach
  void nothingIsLeftOpen() {
    TestDevice.assertNothingOpen();
  }

  @Test
  void primitivesGiveTheBitsOfTheManual() throws IOException {
    List<String> golden = golden();
    int[] found = new int[golden.size() * WORDS];
    try (Device device = TestDevice.open();
        Stream stream = device.stream();
        KernelSet kernels = new KernelSet(device);
        DeviceMemory out = device.allocate(4L * found.length)) {
      new Launches(kernels, ElementType.BF16).conformance(stream, out.address());
      stream.synchronize();
      out.read(found);
    }
    List<String> actual = new ArrayList<>();
    for (int line = 0; line < golden.size(); line++) {
      String[] cells = golden.get(line).split(",");
      actual.add(String.format(
          "%s,%s,%08x,%08x,%08x,%08x",
          cells[0],
          cells[1],
          found[line * WORDS],
          found[line * WORDS + 1],
          found[line * WORDS + 2],
          found[line * WORDS + 3]));
    }
    assertEquals(String.join("\n", golden), String.join("\n", actual));
  }

  /** One line per test and lane, without the header. */
  private static List<String> golden() throws IOException {
    try (InputStream in = ConformanceTest.class.getResourceAsStream("/conformance.csv")) {
      assertNotNull(in, "conformance.csv is among the tests' resources");
      List<String> lines =
          new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
      return lines.subList(1, lines.size());
    }
  }
}
