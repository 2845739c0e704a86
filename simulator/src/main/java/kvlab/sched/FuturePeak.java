package kvlab.sched;

import java.util.Arrays;

/**
 * The most tokens that a set of requests will hold at once, if all go on together and each ends when its
 * output is as long as predicted (LightLLM, {@code router/req_queue/chunked_prefill/impl.py}, {@code
 * _can_add_new_req}). With a request's tokens held now, {@code a}, and those still to come, {@code b}, in
 * the order of falling b, the i-th request ends when the first i are left:
 *
 * <pre>
 *   peak = max over i of  b_i x i + (a_1 + ... + a_i)
 * </pre>
 */
final class FuturePeak {
  private long[] requests = new long[64]; // b in the upper half, a in the lower
  private int count;

  void clear() {
    count = 0;
  }

  void add(int heldTokens, int comingTokens) {
    if (count == requests.length) {
      requests = Arrays.copyOf(requests, count * 2);
    }
    requests[count++] = ((long) comingTokens << 32) | heldTokens;
  }

  /** The peak over all requests added; the order of equal b does not change it. */
  long tokens() {
    Arrays.sort(requests, 0, count);
    long peak = 0;
    long held = 0;
    for (int i = 1; i <= count; i++) {
      long request = requests[count - i];
      held += (int) request;
      peak = Math.max(peak, (request >> 32) * i + held);
    }
    return peak;
  }
}
