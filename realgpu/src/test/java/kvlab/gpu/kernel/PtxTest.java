package kvlab.gpu.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The shipped PTX came from the sources beside it; {@code mvn -Dquick -Pcuda compile} makes it anew. */
final class PtxTest {
  private static final Path CUDA =
      Path.of(System.getProperty("kvlab.root", ".."), "realgpu/src/main/cuda");
  private static final String NOTE = "shipped.sha256";

  private static String note() throws IOException {
    try (var in = KernelSet.class.getResourceAsStream(NOTE)) {
      assertTrue(in != null, NOTE + " is among the resources");
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Map<String, String> noted() throws IOException {
    Map<String, String> noted = new TreeMap<>();
    note()
        .lines()
        .filter(line -> !line.startsWith("#"))
        .forEach(line -> noted.put(line.substring(66), line.substring(0, 64)));
    return noted;
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  @Test
  void everySourceAndEveryPtxIsTheOneThatWasNoted() throws Exception {
    Map<String, String> found = new TreeMap<>();
    try (Stream<Path> files = Files.list(CUDA)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".cu") || name.endsWith(".cuh") || name.equals("ptx.sh")) {
          found.put(name, sha256(Files.readAllBytes(file)));
        }
      }
    }
    for (String file : KernelSet.FILES) {
      found.put(file + ".ptx", sha256(KernelSet.ptx(file)));
    }
    assertEquals(noted(), found, "a kernel was changed without mvn -B -Dquick -Pcuda compile");
  }

  @Test
  void everySourceIsShipped() throws IOException {
    try (Stream<Path> files = Files.list(CUDA)) {
      assertEquals(
          new TreeSet<>(KernelSet.FILES),
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".cu"))
              .map(name -> name.substring(0, name.length() - 3))
              .collect(Collectors.toCollection(TreeSet::new)));
    }
  }

  @Test
  void declaresTheOldestIsaAndTarget() {
    for (String file : KernelSet.FILES) {
      String ptx = new String(KernelSet.ptx(file), StandardCharsets.UTF_8);
      boolean bulk = file.equals("decode_bulk"); // KernelSet asks for it where it can run
      assertTrue(ptx.contains("\n.version " + (bulk ? "8.0" : "7.8") + "\n"), file);
      assertTrue(ptx.contains("\n.target " + (bulk ? "sm_90" : "sm_80") + "\n"), file);
      assertFalse(ptx.contains("_INTERNAL_"), file + " has names that depend on where it was made");
    }
  }

  /** What nvcc says of itself; empty where there is none. */
  private static String nvccVersion() throws IOException {
    ProcessBuilder nvcc = new ProcessBuilder("nvcc", "--version").redirectErrorStream(true);
    try (InputStream said = nvcc.start().getInputStream()) {
      return new String(said.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException notInstalled) {
      return "";
    }
  }

  @Test
  @Timeout(120)
  void theSameCompilerMakesTheSameBytes(@TempDir Path out) throws Exception {
    String release = note().lines().findFirst().orElse("").substring(2);
    assertFalse(release.isBlank());
    String here = nvccVersion();
    assumeTrue(here.contains(release), () -> "this takes nvcc of " + release + ", not: " + here);
    Process make = new ProcessBuilder(
            CUDA.resolve("ptx.sh").toString(), out.toAbsolutePath().toString(), "cache_write.cu")
        .inheritIO()
        .start();
    assertTrue(make.waitFor(100, TimeUnit.SECONDS), "nvcc takes too long");
    assertEquals(0, make.exitValue());
    assertArrayEquals(
        KernelSet.ptx("cache_write"), Files.readAllBytes(out.resolve("cache_write.ptx")));
  }
}
