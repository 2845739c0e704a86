package kvlab.workload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BinaryTraceTest {
  @TempDir
  Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"t.bin", "t.bin.gz", "t.bin.zst"})
  void readsBackWhatItWrote(String name) {
    for (long seed = 0; seed < 30; seed++) {
      Trace trace = TraceWriterTest.random(new SplittableRandom(seed));
      Path file = write(trace, name);
      LoadedTrace<Trace> loaded = Traces.load(file.toString());
      assertEquals(TraceFormat.BINARY, loaded.format());
      assertSame(trace, loaded.trace(), "loaded, seed " + seed);
      LoadedTrace<?> opened = Traces.open(file.toString(), Optional.empty(), ReadOptions.DEFAULT);
      assertSame(trace, opened.trace(), "opened, seed " + seed);
      assertEquals(loaded.sha256(), opened.sha256());
      assertEquals(name.equals("t.bin"), opened.trace() instanceof BinaryTrace);
    }
  }

  /** More rows than a block holds, and more hash ids. */
  @ParameterizedTest
  @ValueSource(ints = {0, 16})
  void goesOnFromBlockToBlock(int hashBlockTokens) {
    int rows = 2 * BinaryBlock.MAX_ROWS + 3;
    TraceBuilder builder = new TraceBuilder("t.bin", hashBlockTokens);
    for (int i = 0; i < rows; i++) {
      builder.add(i, 1000L * i, 1 + i % 50, 1 + i % 7);
      for (int h = 0; h < i % 9 && hashBlockTokens > 0; h++) {
        builder.hashId(i * 31L + h);
      }
    }
    Trace trace = builder.build();
    Path file = write(trace, "t.bin");
    BinaryTrace mapped = BinaryTrace.open(file);
    assertSame(trace, mapped, "mapped");
    assertSame(trace, Traces.load(file.toString()).trace(), "loaded");
    assertEquals(
        BinaryBlock.MAX_ROWS + 5,
        Trace.of(mapped.first(BinaryBlock.MAX_ROWS + 5)).size());
    assertEquals(rows, mapped.first(rows + 9).requests());
    if (hashBlockTokens == 0) {
      assertEquals(8 + 3 * 32 + 32 + 16L * rows, file.toFile().length(), "16 bytes a row");
    }
  }

  @Test
  void anEarlyEndOrAChangedByteIsRefused() throws IOException {
    Path file = write(TraceWriterTest.random(new SplittableRandom(5)), "t.bin");
    byte[] whole = Files.readAllBytes(file);
    SplittableRandom random = new SplittableRandom(1);
    for (int round = 0; round < 300; round++) {
      byte[] damaged = whole.clone();
      int at = random.nextInt(8, whole.length);
      if (round % 3 == 0) {
        damaged = java.util.Arrays.copyOf(whole, at);
      } else {
        damaged[at] ^= (byte) (1 << random.nextInt(8));
      }
      Path bad = folder.resolve("bad.bin");
      Files.write(bad, damaged);
      String what = "round " + round + ", byte " + at;
      int harmless = whole.length - BinaryBlock.HEAD_BYTES;
      if (at < harmless || round % 3 == 0) {
        refused(() -> Trace.of(BinaryTrace.open(bad)), what);
        refused(() -> Traces.load(bad.toString()), what);
      }
    }
  }

  /** A file in order of arrival need not be in memory to be converted. */
  @Test
  void aTextFileIsReadAnewForEveryReplay() throws IOException {
    for (long seed = 0; seed < 20; seed++) {
      Path text = folder.resolve("t.csv");
      Trace trace = TraceWriterTest.random(new SplittableRandom(seed));
      TraceWriter.write(trace, TraceFormat.NATIVE, true, text);
      LoadedTrace<Trace> loaded = Traces.load(text.toString());
      LoadedTrace<FileTrace> scanned =
          FileTrace.scan(text.toString(), Optional.empty(), ReadOptions.DEFAULT).orElseThrow();
      assertEquals(loaded.rows(), scanned.rows());
      assertEquals(loaded.sha256(), scanned.sha256());
      assertEquals(loaded.trace().size(), scanned.trace().requests());
      assertSame(loaded.trace(), scanned.trace(), "seed " + seed);
      assertSame(loaded.trace(), scanned.trace(), "again, seed " + seed);
    }
  }

  @Test
  void aScanDropsRowsStartsAtTheFirstDateAndSeesDisorder() throws IOException {
    Path file = folder.resolve("a.csv");
    String head = "TIMESTAMP,ContextTokens,GeneratedTokens\n";
    String first = "2023-11-16 18:00:00.5,10,2\n";
    String zero = "2023-11-16 18:00:01.0,10,0\n";
    String last = "2023-11-16 18:00:02.0,11,3\n";
    Files.writeString(file, head + first + zero + last);
    LoadedTrace<FileTrace> scanned =
        FileTrace.scan(file.toString(), Optional.empty(), ReadOptions.DEFAULT).orElseThrow();
    assertEquals(1, scanned.rows().dropped());
    Trace trace = Trace.of(scanned.trace());
    assertEquals(1_500_000_000, trace.arrivalNanos(1));
    assertEquals(2, trace.id(1), "the id is the row's number");
    Files.writeString(file, head + last + first);
    assertTrue(
        FileTrace.scan(file.toString(), Optional.empty(), ReadOptions.DEFAULT).isEmpty());
  }

  @Test
  void aListOfLengthsStaysOne() {
    Path file = folder.resolve("l.bin");
    TraceWriter.write(
        new TraceBuilder("l").add(0, 0, 5, 6).build(), TraceFormat.BINARY, false, file);
    assertEquals(false, Traces.load(file.toString()).timed());
    assertEquals(false, BinaryTrace.open(file).timed());
  }

  private static void refused(Runnable reading, String what) {
    InputException refusal = assertThrows(InputException.class, reading::run, what);
    assertEquals(1, String.valueOf(refusal.getMessage()).lines().count(), what);
  }

  private Path write(Trace trace, String name) {
    Path file = folder.resolve(name);
    TraceWriter.write(trace, TraceWriter.format(name), true, file);
    return file;
  }

  /** Equal in every column, ids included. */
  private static void assertSame(Trace expected, RequestSource actual, String what) {
    assertEquals(expected.size(), actual.requests(), what);
    assertEquals(expected.hasPriorities() && anyPriority(expected), actual.hasPriorities(), what);
    RequestStream stream = actual.stream();
    for (int i = 0; i < expected.size(); i++) {
      assertTrue(stream.next(), what);
      assertArrayEquals(
          new long[] {
            expected.id(i),
            expected.arrivalNanos(i),
            expected.promptTokens(i),
            expected.outputTokens(i),
            expected.priority(i),
            expected.promptKey(i),
            expected.hashCount(i)
          },
          new long[] {
            stream.id(),
            stream.arrivalNanos(),
            stream.promptTokens(),
            stream.outputTokens(),
            stream.priority(),
            stream.promptKey(),
            stream.hashCount()
          },
          what + ", request " + i);
      for (int h = 0; h < stream.hashCount(); h++) {
        assertEquals(expected.hashId(i, h), stream.hashId(h), what);
      }
    }
    assertEquals(false, stream.next(), what);
  }

  private static boolean anyPriority(Trace trace) {
    for (int i = 0; i < trace.size(); i++) {
      if (trace.priority(i) != 0) {
        return true;
      }
    }
    return false;
  }
}
