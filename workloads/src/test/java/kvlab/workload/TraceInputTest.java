package kvlab.workload;

import static java.nio.charset.StandardCharsets.UTF_8;
import static kvlab.workload.Loading.load;
import static kvlab.workload.Loading.refusal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceInputTest {
  private static final String TEXT = "prompt_tokens,output_tokens\n1,2\n3,4\n";

  @TempDir
  Path folder;

  @Test
  void readsPlainGzipAndZstdAndHashesTheStoredBytes() throws IOException {
    for (byte[] stored :
        new byte[][] {TEXT.getBytes(UTF_8), gzip(TEXT), Zstd.compress(TEXT.getBytes(UTF_8))}) {
      LoadedTrace<Trace> loaded = load(stored, Optional.empty(), ReadOptions.DEFAULT);
      assertEquals(2, loaded.trace().size());
      assertEquals(sha256(stored), loaded.sha256());
    }
  }

  @Test
  void hashesTheWholeFileEvenWhenALimitStopsEarly() throws IOException {
    byte[] stored = gzip("prompt_tokens,output_tokens\n" + "1,2\n".repeat(500_000));
    LoadedTrace<Trace> loaded = load(stored, Optional.empty(), ReadOptions.DEFAULT.withLimit(1));
    assertEquals(1, loaded.trace().size());
    assertEquals(sha256(stored), loaded.sha256());
  }

  /** Room is made by the first lines; here there are first ten times too many of the rest, then too few. */
  @Test
  void readsFilesWhoseLinesAreNotAsLongAsTheFirst() throws IOException {
    String few = "1,2\n".repeat(50_000);
    String wide = "00000000000000000000001,0000000000000000002\n".repeat(50_000);
    for (String rows : new String[] {few + wide, wide + few}) {
      Path file = folder.resolve("uneven.csv");
      Files.writeString(file, "prompt_tokens,output_tokens\n" + rows);
      try (TraceInput in = TraceInput.open(file.toString())) {
        assertNotEquals(100_001, in.linesAbout());
      }
      Trace trace = Traces.load(file.toString()).trace();
      assertEquals(100_000, trace.size());
      assertEquals(2, trace.outputTokens(99_999));
    }
  }

  @Test
  void guessesTheLinesOfAPlainFileOnly() throws IOException {
    Path plain = folder.resolve("even.csv");
    Files.writeString(plain, "1,2\n".repeat(50_000));
    try (TraceInput in = TraceInput.open(plain.toString())) {
      assertEquals(50_000, in.linesAbout());
    }
    Path packed = folder.resolve("even.csv.gz");
    Files.write(packed, gzip("1,2\n".repeat(50_000)));
    try (TraceInput in = TraceInput.open(packed.toString())) {
      assertEquals(0, in.linesAbout());
    }
  }

  @Test
  void namesTheTraceAfterTheFileWithoutCompression() throws IOException {
    Path file = folder.resolve("day.csv.gz");
    Files.write(file, gzip(TEXT));
    assertEquals("day.csv", Traces.load(file.toString()).trace().name());
  }

  @Test
  void readsStandardInputForADash() throws IOException {
    InputStream before = System.in;
    try {
      System.setIn(new ByteArrayInputStream(gzip(TEXT)));
      assertEquals("stdin", Traces.load("-").trace().name());
      System.setIn(new ByteArrayInputStream("prompt_tokens\n".getBytes(UTF_8)));
      String message = String.valueOf(
          assertThrows(InputException.class, () -> Traces.load("-")).getMessage());
      assertTrue(message.startsWith("stdin: unknown trace format"), message);
    } finally {
      System.setIn(before);
    }
  }

  @Test
  void refusesWhatIsNoTraceInOneLine() throws IOException {
    assertEquals("t.csv: the file is empty", refusal(""));
    assertEquals("t.csv: the file is empty but for blank lines", refusal("\r\n\n  \n"));
    assertEquals("t.csv: no requests", refusal("prompt_tokens,output_tokens\n"));
    assertEquals(
        "t.csv: no requests: rows dropped: {zero output tokens=1}",
        refusal("prompt_tokens,output_tokens\n1,0\n"));
    String formats = TraceFormat.ids();
    assertEquals("t.csv: unknown trace format; known are " + formats, refusal("a,b\n1,2\n"));
    assertEquals(
        "t.csv: binary data; known trace formats are " + formats,
        refusal(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0}));
    byte[] gzip = gzip("prompt_tokens,output_tokens\n" + "1,2\n".repeat(10_000));
    assertEquals("t.csv: truncated gzip data", refusal(Arrays.copyOf(gzip, gzip.length - 5)));
    assertEquals("t.csv: truncated gzip data", refusal(Arrays.copyOf(gzip, 6)));
    gzip[gzip.length / 2] ^= 0x55;
    assertTrue(refusal(gzip).startsWith("t.csv: damaged gzip data: "), refusal(gzip));
    byte[] zstd = Zstd.compress(TEXT.getBytes(UTF_8));
    assertEquals("t.csv: truncated zstd data", refusal(Arrays.copyOf(zstd, zstd.length - 3)));
    byte[] tar = new byte[1024];
    System.arraycopy("ustar".getBytes(UTF_8), 0, tar, 257, 5);
    assertEquals("t.csv: is a tar archive; unpack it and give one trace file of it", refusal(tar));
  }

  @Test
  void refusesPathsThatAreNoFile() throws IOException {
    assertEquals(
        folder + ": is a directory",
        assertThrows(InputException.class, () -> Traces.load(folder.toString())).getMessage());
    String missing = folder.resolve("missing.csv").toString();
    assertEquals(
        missing + ": no such file",
        assertThrows(InputException.class, () -> Traces.load(missing)).getMessage());
    Path notGzip = folder.resolve("plain.gz");
    Files.writeString(notGzip, TEXT);
    assertEquals(
        notGzip + ": is not gzip data, as its name says",
        assertThrows(InputException.class, () -> Traces.load(notGzip.toString()))
            .getMessage());
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(UTF_8));
    }
    return bytes.toByteArray();
  }

  private static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(TraceInput.sha256Digest().digest(bytes));
  }
}
