package kvlab.validate;

/**
 * The generator MT19937 (Matsumoto, Nishimura, "Mersenne Twister", ACM TOMACS 8(1), 1998), with the two
 * ways to seed it that Python's {@code random} and numpy's {@code RandomState} use, so that a request
 * stream drawn with them can be drawn again.
 */
final class MersenneTwister {
  private static final int N = 624;
  private static final int M = 397;
  private static final int TWIST = 0x9908b0df;

  private final int[] state = new int[N];
  private int next = N;

  private MersenneTwister() {}

  /** As {@code numpy.random.seed(seed)}. */
  static MersenneTwister numpy(int seed) {
    MersenneTwister random = new MersenneTwister();
    random.fill(seed);
    return random;
  }

  /** As {@code random.seed(seed)} of Python, for a seed of one 32-bit word. */
  static MersenneTwister python(int seed) {
    MersenneTwister random = new MersenneTwister();
    int[] mt = random.state;
    random.fill(19650218);
    int i = 1;
    for (int k = 0; k < N; k++) { // the key has one word, so its index is always 0
      mt[i] = (mt[i] ^ ((mt[i - 1] ^ (mt[i - 1] >>> 30)) * 1664525)) + seed;
      i = random.following(i);
    }
    for (int k = 0; k < N - 1; k++) {
      mt[i] = (mt[i] ^ ((mt[i - 1] ^ (mt[i - 1] >>> 30)) * 1566083941)) - i;
      i = random.following(i);
    }
    mt[0] = 0x80000000;
    return random;
  }

  private int following(int i) {
    if (i + 1 < N) {
      return i + 1;
    }
    state[0] = state[N - 1];
    return 1;
  }

  private void fill(int seed) {
    state[0] = seed;
    for (int i = 1; i < N; i++) {
      state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }
  }

  /** 32 random bits. */
  int nextInt() {
    if (next == N) {
      for (int i = 0; i < N; i++) {
        int y = (state[i] & 0x80000000) | (state[(i + 1) % N] & 0x7fffffff);
        state[i] = state[(i + M) % N] ^ (y >>> 1) ^ ((y & 1) * TWIST);
      }
      next = 0;
    }
    int y = state[next++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return y ^ (y >>> 18);
  }

  /** From 0 up to, not including, 1, in steps of 2^-53. */
  double nextDouble() {
    int high = nextInt() >>> 5;
    int low = nextInt() >>> 6;
    return (high * 0x1p26 + low) * 0x1p-53;
  }

  /** A Poisson count of a small mean: uniforms are multiplied until they fall below e^-mean (Knuth). */
  int nextPoisson(double mean) {
    double limit = StrictMath.exp(-mean);
    int count = 0;
    for (double product = nextDouble(); product > limit; product *= nextDouble()) {
      count++;
    }
    return count;
  }

  /** Shuffles as {@code random.shuffle} of Python. */
  void shuffle(int[] values) {
    for (int i = values.length - 1; i > 0; i--) {
      int j = below(i + 1);
      int value = values[i];
      values[i] = values[j];
      values[j] = value;
    }
  }

  private int below(int bound) {
    int bits = 32 - Integer.numberOfLeadingZeros(bound);
    int value;
    do {
      value = nextInt() >>> (32 - bits);
    } while (value >= bound);
    return value;
  }
}
