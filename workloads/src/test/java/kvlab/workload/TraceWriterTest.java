package kvlab.workload;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceWriterTest {
  @TempDir
  Path folder;

  @Test
  void writesOnlyTheColumnsThatTheTraceHas() throws IOException {
    Trace plain = new TraceBuilder("t").add(0, 0, 374, 44).add(1, 5, 396, 109).build();
    assertEquals("arrival_ns,prompt_tokens,output_tokens\n0,374,44\n5,396,109\n", text(plain));
    Trace full = new TraceBuilder("t", 16)
        .add(0, 1, 40, 2)
        .priority(-1)
        .promptKey(9)
        .hashId(7)
        .hashId(-8)
        .add(1, 2, 3, 4)
        .promptKey(1)
        .build();
    assertEquals("""
        arrival_ns,prompt_tokens,output_tokens,priority,prompt_key,hash_block,hash_ids
        1,40,2,-1,9,16,7 -8
        2,3,4,0,1,16,
        """, text(full));
  }

  @ParameterizedTest
  @ValueSource(strings = {"t.csv", "t.csv.gz", "t.csv.zst"})
  void readsBackWhatItWrote(String name) throws IOException {
    for (long seed = 0; seed < 30; seed++) {
      Trace trace = random(new SplittableRandom(seed));
      Path file = folder.resolve(name);
      TraceWriter.write(trace, TraceFormat.NATIVE, true, file);
      byte[] stored = Files.readAllBytes(file);
      LoadedTrace<Trace> loaded = Traces.load(file.toString());
      assertEquals(text(trace), text(loaded.trace()), "seed " + seed);
      assertEquals(trace.hashBlockTokens(), loaded.trace().hashBlockTokens(), "seed " + seed);
      TraceWriter.write(trace, TraceFormat.NATIVE, true, file);
      assertArrayEquals(stored, Files.readAllBytes(file), "bytes repeat, seed " + seed);
    }
    assertEquals(List.of(name), names());
  }

  @Test
  void leavesNothingBehindWhenItFails() throws IOException {
    Trace trace = new TraceBuilder("t").add(0, 0, 1, 1).build();
    Files.writeString(folder.resolve("plain"), "");
    Path file = folder.resolve("plain").resolve("t.csv");
    assertThrows(
        InputException.class, () -> TraceWriter.write(trace, TraceFormat.NATIVE, true, file));
    assertThrows(
        InputException.class, () -> TraceWriter.write(trace, TraceFormat.NATIVE, true, folder));
    assertEquals(List.of("plain"), names());
  }

  @Test
  void makesTheFoldersThatItWritesInto() throws IOException {
    Trace trace = new TraceBuilder("t").add(0, 0, 1, 1).build();
    Path file = folder.resolve("a").resolve("b").resolve("t.csv");
    TraceWriter.write(trace, TraceFormat.NATIVE, true, file);
    assertEquals("arrival_ns,prompt_tokens,output_tokens\n0,1,1\n", Files.readString(file));
  }

  static Trace random(SplittableRandom random) {
    boolean hashes = random.nextBoolean();
    boolean keys = random.nextBoolean();
    boolean priorities = random.nextBoolean();
    TraceBuilder builder = new TraceBuilder("t", hashes ? 1 << random.nextInt(4, 10) : 0);
    long arrival = 0;
    int requests = random.nextInt(1, 3_000);
    for (int i = 0; i < requests; i++) {
      arrival += random.nextLong(1L << random.nextInt(1, 40));
      builder.add(i, arrival, random.nextInt(1, Integer.MAX_VALUE), random.nextInt(1, 500));
      if (priorities) {
        builder.priority(i == 0 ? 1 : random.nextInt());
      }
      if (keys) {
        builder.promptKey(random.nextLong());
      }
      for (int h = hashes ? random.nextInt(i == 0 ? 1 : 0, 20) : 0; h > 0; h--) {
        builder.hashId(random.nextLong());
      }
    }
    return builder.build();
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> String.valueOf(file.getFileName())).toList();
    }
  }

  private static String text(Trace trace) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    TraceWriter.write(trace, TraceFormat.NATIVE, true, bytes);
    return bytes.toString(UTF_8);
  }
}
