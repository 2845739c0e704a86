#include "kv_fixture.h"
#include "prefill.cu"

struct PrefillCase {
  int kvHeads, group, pageTokens;
  std::vector<int> contexts, chunks;  // [row]: tokens in the cache, of which the last so many are new
};

/** Chunks that are whole prompts, continue one, are single tokens, are empty, and end at, before and past tile edges. */
static const std::vector<PrefillCase>& prefillCases() {
  static const std::vector<PrefillCase> cases = {
      {1, 2, 16, {0, 1, 65, 64, 200}, {0, 1, 65, 1, 70}},
      {2, 1, 48, {63, 130, 47}, {17, 130, 16}},
  };
  return cases;
}

template <class T, int D>
static void prefillMatchesDouble(Launch kernel, bool contiguous) {
  for (const PrefillCase& c : prefillCases()) {
    Random random(91);
    KvFixture<T> kv(D, c.kvHeads, c.pageTokens, contiguous, c.contexts, random);
    kv.fill(random);
    const int qHeads = c.kvHeads * c.group;
    std::vector<int> work = {-1, 0, 0, 0};
    int tokens = 0;
    for (int row = 0; row < (int) c.chunks.size(); row++) {
      for (int first = 0; first < c.chunks[row]; first += 64) {
        const int here = std::min(64, c.chunks[row] - first);
        work.insert(work.end(), {row, tokens + first, here, c.contexts[row] - c.chunks[row] + first});
      }
      tokens += c.chunks[row];
    }
    const Bits query = random.floats<T>((size_t) tokens * qHeads * D);
    Bits out(query.size(), NAN_BITS);
    launch(kernel, {(unsigned) qHeads, (unsigned) work.size() / 4, 1}, 128, PrefillParams{out.data(), query.data(), kv.key.data(),
        kv.value.data(), kv.table.data(), work.data(), kv.stride, c.kvHeads, c.group, c.pageTokens, (float) (1.4426950408889634 / std::sqrt((double) D))});
    RelativeL2 error;
    int token = 0;
    for (int row = 0; row < (int) c.chunks.size(); row++) {
      for (int i = 0; i < c.chunks[row]; i++, token++) {
        for (int head = 0; head < qHeads; head++) {
          const size_t at = ((size_t) token * qHeads + head) * D;
          const std::vector<double> expected = kv.attend(&query[at], row, head / c.group, c.contexts[row] - c.chunks[row] + i + 1);
          for (int d = 0; d < D; d++) error.add(T::toFloat(out[at + d]), expected[d]);
        }
      }
    }
    error.check(contiguous ? "contiguous" : "paged");
  }
}

TEST(prefillMatchesDoubleBf16D64) {
  prefillMatchesDouble<Bf16, 64>(kvlab_cpu_prefill_paged_bf16_d64, false);
  prefillMatchesDouble<Bf16, 64>(kvlab_cpu_prefill_contiguous_bf16_d64, true);
}
TEST(prefillMatchesDoubleBf16D128) {
  prefillMatchesDouble<Bf16, 128>(kvlab_cpu_prefill_paged_bf16_d128, false);
  prefillMatchesDouble<Bf16, 128>(kvlab_cpu_prefill_contiguous_bf16_d128, true);
}
TEST(prefillMatchesDoubleFp16D64) {
  prefillMatchesDouble<Fp16, 64>(kvlab_cpu_prefill_paged_fp16_d64, false);
  prefillMatchesDouble<Fp16, 64>(kvlab_cpu_prefill_contiguous_fp16_d64, true);
}
TEST(prefillMatchesDoubleFp16D128) {
  prefillMatchesDouble<Fp16, 128>(kvlab_cpu_prefill_paged_fp16_d128, false);
  prefillMatchesDouble<Fp16, 128>(kvlab_cpu_prefill_contiguous_fp16_d128, true);
}
