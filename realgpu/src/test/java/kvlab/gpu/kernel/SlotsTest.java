package kvlab.gpu.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.Stream;
import kvlab.gpu.TestDevice;
import kvlab.gpu.device.Device;
import kvlab.gpu.device.DeviceMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Kernels that write and move slots: what they should touch holds the right bits, all else is as before. */
final class SlotsTest {
  @BeforeEach
  void twin() {
    TestDevice.require();
  }

  @AfterEach
  void nothingIsLeftOpen() {
    TestDevice.assertNothingOpen();
  }

  static Stream<Arguments> shapes() {
    return AttentionTest.shapes();
  }

  /** Three tokens of two rows, and one of padding. */
  private static KvLaunches.Tokens tokens(KvCase kv, int[] rows, int[] positions) {
    return new KvLaunches.Tokens(
        kv.upload(rows).address(), kv.upload(positions).address(), rows.length);
  }

  private static final int[] ROWS = {1, -1, 0, 1};
  private static final int[] POSITIONS = {16, 0, 3, 33};
  private static final int[] CONTEXTS = {5, 40};

  @ParameterizedTest
  @MethodSource("shapes")
  void writesNewTokensIntoTheirSlots(HeadShape heads, Addressing addressing, int pageTokens) {
    try (Device device = TestDevice.open();
        KvCase kv = new KvCase(device, heads, addressing, pageTokens, CONTEXTS, 6)) {
      int inputStride = heads.kvElements() + 8;
      short[] key = kv.numbers.normal(ROWS.length * inputStride);
      short[] value = kv.numbers.normal(ROWS.length * inputStride);
      kv.launches.cacheWrite(
          kv.stream,
          0,
          kv.deviceTable,
          tokens(kv, ROWS, POSITIONS),
          kv.upload(key).address(),
          kv.upload(value).address(),
          inputStride);
      kv.stream.synchronize();
      short[] keys = kv.keys.clone();
      short[] values = kv.values.clone();
      for (int t = 0; t < ROWS.length; t++) {
        for (int head = 0; head < heads.kvHeads() && ROWS[t] >= 0; head++) {
          int at = kv.at(ROWS[t], head, POSITIONS[t]);
          int from = t * inputStride + head * heads.headSize();
          System.arraycopy(key, from, keys, at, heads.headSize());
          System.arraycopy(value, from, values, at, heads.headSize());
        }
      }
      assertArrayEquals(keys, Numbers.download(kv.arena.keys()), kv.toString());
      assertArrayEquals(values, Numbers.download(kv.arena.values()), kv.toString());
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void rotatesAndWrites(HeadShape heads, Addressing addressing, int pageTokens) {
    try (Device device = TestDevice.open();
        KvCase kv = new KvCase(device, heads, addressing, pageTokens, CONTEXTS, 7)) {
      int d = heads.headSize();
      int each = heads.queryElements() + 2 * heads.kvElements();
      short[] qkv = kv.numbers.normal(ROWS.length * each);
      float[] cosSin = new float[64 * d];
      for (int position = 0; position < 64; position++) {
        for (int i = 0; i < d / 2; i++) {
          double angle = angle(position, i, d);
          cosSin[position * d + i] = (float) StrictMath.cos(angle);
          cosSin[position * d + d / 2 + i] = (float) StrictMath.sin(angle);
        }
      }
      DeviceMemory rotations = kv.blank(2 * cosSin.length);
      rotations.write(cosSin);
      DeviceMemory query = kv.blank(ROWS.length * heads.queryElements());
      kv.launches.ropeCacheWrite(
          kv.stream,
          0,
          kv.deviceTable,
          tokens(kv, ROWS, POSITIONS),
          query.address(),
          kv.upload(qkv).address(),
          rotations.address());
      kv.stream.synchronize();

      short[] queries = Numbers.download(query);
      short[] keys = Numbers.download(kv.arena.keys());
      short[] values = Numbers.download(kv.arena.values());
      for (int t = 0; t < ROWS.length; t++) {
        if (ROWS[t] < 0) {
          continue;
        }
        for (int head = 0; head < heads.queryHeads() + heads.kvHeads(); head++) {
          double[] expected = rotated(kv, qkv, t * each + head * d, POSITIONS[t]);
          boolean isQuery = head < heads.queryHeads();
          int at = isQuery
              ? (t * heads.queryHeads() + head) * d
              : kv.at(ROWS[t], head - heads.queryHeads(), POSITIONS[t]);
          short[] found = Arrays.copyOfRange(isQuery ? queries : keys, at, at + d);
          Numbers.assertClose("head " + head + " of " + kv, expected, kv.numbers.values(found));
        }
        for (int head = 0; head < heads.kvHeads(); head++) {
          int at = kv.at(ROWS[t], head, POSITIONS[t]);
          int from = t * each + heads.queryElements() + heads.kvElements() + head * d;
          assertArrayEquals(
              Arrays.copyOfRange(qkv, from, from + d), Arrays.copyOfRange(values, at, at + d));
        }
      }
      assertEquals(liveAfter(kv), live(keys), "nothing else is written");
    }
  }

  private static double angle(int position, int i, int d) {
    return position * StrictMath.pow(10_000, -2.0 * i / d);
  }

  private static double[] rotated(KvCase kv, short[] from, int at, int position) {
    int d = kv.heads.headSize();
    double[] out = new double[d];
    for (int i = 0; i < d / 2; i++) {
      double x = kv.numbers.value(from[at + i]);
      double y = kv.numbers.value(from[at + i + d / 2]);
      double cos = StrictMath.cos(angle(position, i, d));
      double sin = StrictMath.sin(angle(position, i, d));
      out[i] = x * cos - y * sin;
      out[i + d / 2] = y * cos + x * sin;
    }
    return out;
  }

  /** Elements that hold a number: all positions written lie inside the contexts. */
  private static int liveAfter(KvCase kv) {
    return Arrays.stream(kv.contexts).sum() * kv.heads.kvElements();
  }

  private static int live(short[] pool) {
    int live = 0;
    for (short bits : pool) {
      live += bits == ElementType.NAN ? 0 : 1;
    }
    return live;
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void tagsTellWhoseASlotIs(HeadShape heads, Addressing addressing, int pageTokens) {
    try (Device device = TestDevice.open();
        KvCase kv = new KvCase(device, heads, addressing, pageTokens, new int[] {17, 3}, 8)) {
      int[] rows = new int[20];
      int[] positions = new int[20];
      for (int t = 0; t < 20; t++) {
        rows[t] = t < 17 ? 0 : 1;
        positions[t] = t < 17 ? t : t - 17;
      }
      long requests = kv.upload(new int[] {77, 78}).address();
      kv.launches.tagWrite(kv.stream, 0, kv.deviceTable, tokens(kv, rows, positions), requests);
      int vectors = 2 * 20 * heads.kvElements() / 8;
      assertArrayEquals(new int[] {0, vectors}, check(kv, requests));
      // another request's tag in one slot: all of its vectors are wrong
      long other = kv.upload(new int[] {77, 79}).address();
      kv.launches.tagWrite(
          kv.stream, 0, kv.deviceTable, tokens(kv, new int[] {1}, new int[] {2}), other);
      assertArrayEquals(new int[] {2 * heads.kvElements() / 8, vectors}, check(kv, requests));
    }
  }

  private static int[] check(KvCase kv, long requests) {
    DeviceMemory report = kv.upload(new int[] {0, 0});
    kv.launches.tagCheck(
        kv.stream,
        0,
        kv.deviceTable,
        requests,
        kv.upload(kv.contexts).address(),
        2,
        17,
        report.address());
    kv.stream.synchronize();
    int[] found = new int[2];
    report.read(found);
    return found;
  }

  @Test
  void copiesPacksUnpacksAndGathersPages() {
    HeadShape heads = new HeadShape(2, 4, 64, ElementType.BF16);
    int[] contexts = {33, 0, 16};
    try (Device device = TestDevice.open();
        KvCase kv = new KvCase(device, heads, Addressing.PAGED, 16, contexts, 9)) {
      PageLaunches pages = new PageLaunches(kv.kernels, kv.arena);
      int elements = kv.arena.pageElements();
      int from = kv.table[1];
      int free = Arrays.stream(java.util.stream.IntStream.range(0, kv.pages).toArray())
          .filter(p -> Arrays.stream(kv.table).noneMatch(used -> used == p))
          .findFirst()
          .orElseThrow();
      pages.copy(kv.stream, kv.upload(new int[] {from, free}).address(), 1);
      kv.stream.synchronize();
      short[] keys = kv.keys.clone();
      System.arraycopy(keys, from * elements, keys, free * elements, elements);
      assertArrayEquals(keys, Numbers.download(kv.arena.keys()));

      int[] list = {kv.table[2], from};
      DeviceMemory buffer = resourcesBuffer(kv, pages, 2);
      long ids = kv.upload(list).address();
      pages.pack(kv.stream, buffer.address(), ids, 2);
      kv.arena.keys().fill(0, kv.stream);
      pages.unpack(kv.stream, buffer.address(), ids, 2);
      kv.stream.synchronize();
      short[] restored = Numbers.download(kv.arena.keys());
      for (int page : list) {
        assertArrayEquals(
            Arrays.copyOfRange(kv.keys, page * elements, (page + 1) * elements),
            Arrays.copyOfRange(restored, page * elements, (page + 1) * elements));
      }
    }
    try (Device device = TestDevice.open();
        KvCase kv = new KvCase(device, heads, Addressing.PAGED, 16, contexts, 10);
        KvArena to = new KvArena(device, heads, 1, 8, 16)) {
      PageLaunches pages = new PageLaunches(kv.kernels, kv.arena);
      int[] runs = {4, 48, 0, 16, 1, 32};
      to.keys().fill(0, kv.stream);
      to.values().fill(0, kv.stream);
      pages.gather(
          kv.stream,
          to,
          kv.upload(runs).address(),
          kv.deviceTable.address(),
          kv.stride,
          kv.upload(contexts).address(),
          3,
          3);
      kv.stream.synchronize();
      short[] gathered = Numbers.download(to.values());
      int live = 0;
      for (int row = 0; row < 3; row++) {
        for (int token = 0; token < contexts[row]; token++) {
          for (int head = 0; head < 2; head++) {
            int at = runs[row * 2] * to.pageElements() + (head * runs[row * 2 + 1] + token) * 64;
            int was = kv.at(row, head, token);
            assertArrayEquals(
                Arrays.copyOfRange(kv.values, was, was + 64),
                Arrays.copyOfRange(gathered, at, at + 64));
            live += 64;
          }
        }
      }
      int found = 0;
      for (short bits : gathered) {
        found += bits == 0 ? 0 : 1;
      }
      assertTrue(found <= live, "nothing but live tokens is copied");
    }
  }

  private static DeviceMemory resourcesBuffer(KvCase kv, PageLaunches pages, int count) {
    return kv.blank((int) (pages.stagedBytes(count) / 2));
  }
}
