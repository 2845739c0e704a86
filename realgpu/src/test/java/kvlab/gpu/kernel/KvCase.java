package kvlab.gpu.kernel;

import java.util.Arrays;
import java.util.SplittableRandom;
import kvlab.gpu.device.Device;
import kvlab.gpu.device.DeviceMemory;
import kvlab.gpu.device.Stream;
import kvlab.gpu.run.Resources;

/**
 * Sequences of given contexts with random keys and values in shuffled pages, or in runs that are a page
 * longer than they need; every other slot is NaN. Knows where each element lies by its own reading of the
 * layout, and what attention to it gives in float64.
 */
final class KvCase implements AutoCloseable {
  final HeadShape heads;
  final Addressing addressing;
  final int[] contexts;
  final int pageTokens;
  final int pages;
  final int stride;
  final int[] table; // [row][stride]
  final short[] keys;
  final short[] values;
  final Numbers numbers;
  final Resources resources = new Resources();
  final Device device;
  final Stream stream;
  final KernelSet kernels;
  final KvArena arena;
  final KvLaunches launches;
  final KvLaunches.Table deviceTable;
  private final String what;

  KvCase(
      Device device,
      HeadShape heads,
      Addressing addressing,
      int pageTokens,
      int[] contexts,
      long seed) {
    this.device = device;
    this.heads = heads;
    this.addressing = addressing;
    this.pageTokens = pageTokens;
    this.contexts = contexts;
    this.what = addressing + " " + heads + ", pages of " + pageTokens + ", contexts "
        + Arrays.toString(contexts) + ", seed " + seed;
    int longest = Arrays.stream(contexts).max().orElse(0);
    int[] pagesOf = Arrays.stream(contexts).map(c -> c / pageTokens + 1).toArray();
    this.pages = Arrays.stream(pagesOf).sum() + 2;
    this.stride = addressing == Addressing.PAGED ? longest / pageTokens + 2 : 2;
    this.table = new int[contexts.length * stride];
    Arrays.fill(table, -1);
    this.numbers = new Numbers(heads.type(), seed);
    placeRows(pagesOf, new SplittableRandom(seed));
    int slots = pages * pageTokens * heads.kvElements();
    this.keys = filled(slots, ElementType.NAN);
    this.values = filled(slots, ElementType.NAN);
    for (int row = 0; row < contexts.length; row++) {
      for (int token = 0; token < contexts[row]; token++) {
        for (int head = 0; head < heads.kvHeads(); head++) {
          int at = at(row, head, token);
          System.arraycopy(numbers.normal(heads.headSize()), 0, keys, at, heads.headSize());
          System.arraycopy(numbers.normal(heads.headSize()), 0, values, at, heads.headSize());
        }
      }
    }
    this.stream = resources.add(device.stream());
    this.kernels = resources.add(new KernelSet(device));
    this.arena = resources.add(new KvArena(device, heads, 1, pages, pageTokens));
    this.launches = new KvLaunches(kernels, arena, addressing);
    arena.keys().write(keys);
    arena.values().write(values);
    this.deviceTable =
        new KvLaunches.Table(Numbers.upload(device, resources, table).address(), stride);
  }

  static short[] filled(int count, short value) {
    short[] filled = new short[count];
    Arrays.fill(filled, value);
    return filled;
  }

  private void placeRows(int[] pagesOf, SplittableRandom random) {
    int[] ids = new int[pages];
    for (int i = 0; i < pages; i++) {
      int j = random.nextInt(i + 1);
      ids[i] = ids[j];
      ids[j] = i;
    }
    int next = 0;
    int nextRun = 1;
    for (int row = 0; row < contexts.length; row++) {
      if (addressing == Addressing.CONTIGUOUS) {
        table[row * stride] = nextRun;
        table[row * stride + 1] = pagesOf[row] * pageTokens;
        nextRun += pagesOf[row];
      } else {
        for (int page = 0; page < (contexts[row] + pageTokens - 1) / pageTokens; page++) {
          table[row * stride + page] = ids[next++];
        }
      }
    }
  }

  /** Element at which a head of a token starts, in either pool. */
  int at(int row, int head, int token) {
    int d = heads.headSize();
    if (addressing == Addressing.CONTIGUOUS) {
      int first = table[row * stride] * pageTokens * heads.kvElements();
      return first + (head * table[row * stride + 1] + token) * d;
    }
    int page = table[row * stride + token / pageTokens];
    return ((page * heads.kvHeads() + head) * pageTokens + token % pageTokens) * d;
  }

  /** Softmax-weighted values of the first {@code tokens} of a row for one query, in float64. */
  double[] attention(short[] query, int queryAt, int row, int queryHead, int tokens) {
    int d = heads.headSize();
    int head = queryHead / heads.group();
    double[] weights = new double[tokens];
    double most = Double.NEGATIVE_INFINITY;
    for (int t = 0; t < tokens; t++) {
      int at = at(row, head, t);
      for (int i = 0; i < d; i++) {
        weights[t] += numbers.value(query[queryAt + i]) * numbers.value(keys[at + i]);
      }
      weights[t] /= StrictMath.sqrt(d);
      most = Math.max(most, weights[t]);
    }
    double sum = 0;
    for (int t = 0; t < tokens; t++) {
      weights[t] = StrictMath.exp(weights[t] - most);
      sum += weights[t];
    }
    double[] out = new double[d];
    for (int t = 0; t < tokens; t++) {
      int at = at(row, head, t);
      for (int i = 0; i < d; i++) {
        out[i] += weights[t] / sum * numbers.value(values[at + i]);
      }
    }
    return out;
  }

  DeviceMemory upload(short[] bits) {
    return Numbers.upload(device, resources, bits);
  }

  DeviceMemory upload(int[] ints) {
    return Numbers.upload(device, resources, ints);
  }

  DeviceMemory blank(int elements) {
    return resources.add(device.allocate(2L * elements));
  }

  @Override
  public String toString() {
    return what;
  }

  @Override
  public void close() {
    resources.close();
  }
}
