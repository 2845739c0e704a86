#include "kv_fixture.h"
#include "rope.cu"

template <class T, int D>
static void ropeMatchesDouble(Launch kernel, bool contiguous) {
  const int kvHeads = 2, group = 3, heads = kvHeads * (group + 2), positions = 40;
  Random random(61);
  KvFixture<T> kv(D, kvHeads, 16, contiguous, {0, 1, 17, 40}, random);
  std::vector<float> cosSin(positions * D);
  for (int i = 0; i < positions * D / 2; i++) {
    const double angle = i / (D / 2) * std::pow(500000.0, -2.0 * (i % (D / 2)) / D);
    cosSin[i / (D / 2) * D + i % (D / 2)] = (float) std::cos(angle);
    cosSin[i / (D / 2) * D + D / 2 + i % (D / 2)] = (float) std::sin(angle);
  }
  std::vector<int> rows, at;
  for (int row = 0; row < (int) kv.lengths.size(); row++) {
    for (int t = 0; t < kv.lengths[row]; t++) rows.push_back(row), at.push_back(t);
  }
  rows.insert(rows.begin() + 3, -1), at.insert(at.begin() + 3, 0);
  const int tokens = (int) rows.size();
  const Bits qkv = random.floats<T>((size_t) tokens * heads * D);
  Bits query((size_t) tokens * kvHeads * group * D, NAN_BITS);
  launch(kernel, {(unsigned) tokens, 1, 1}, 128, RopeParams{query.data(), kv.key.data(), kv.value.data(), qkv.data(), cosSin.data(),
      kv.table.data(), rows.data(), at.data(), kv.stride, kvHeads, group, 16});

  RelativeL2 error;
  size_t written = 0;
  for (int token = 0; token < tokens; token++) {
    if (rows[token] < 0) {
      check(query[(size_t) token * kvHeads * group * D] == NAN_BITS, "padding was written");
      continue;
    }
    for (int head = 0; head < heads; head++) {
      const uint16_t* in = &qkv[((size_t) token * heads + head) * D];
      const bool isQuery = head < kvHeads * group, isValue = head >= kvHeads * (group + 1);
      const int kvHead = (head - kvHeads * group) % kvHeads;
      const uint16_t* out = isQuery ? &query[((size_t) token * kvHeads * group + head) * D]
          : isValue ? &kv.value[kv.at(rows[token], kvHead, at[token])] : &kv.key[kv.at(rows[token], kvHead, at[token])];
      written += isQuery ? 0 : D;
      for (int d = 0; d < D; d++) {
        const double angle = at[token] * std::pow(500000.0, -2.0 * (d % (D / 2)) / D);
        const double x = T::toFloat(in[d % (D / 2)]), y = T::toFloat(in[d % (D / 2) + D / 2]);
        const double turned = d < D / 2 ? x * std::cos(angle) - y * std::sin(angle) : y * std::cos(angle) + x * std::sin(angle);
        error.add(T::toFloat(out[d]), isValue ? T::toFloat(in[d]) : turned);
      }
    }
  }
  error.check(typeName<T>());
  size_t live = 0;
  for (size_t i = 0; i < kv.key.size(); i++) live += (kv.key[i] != NAN_BITS) + (kv.value[i] != NAN_BITS);
  check(live == written, "%zu elements of the pools written instead of %zu", live, written);
}

TEST(ropeCacheWriteMatchesDoubleBf16) {
  ropeMatchesDouble<Bf16, 64>(kvlab_cpu_rope_cache_write_paged_bf16_d64, false);
  ropeMatchesDouble<Bf16, 128>(kvlab_cpu_rope_cache_write_paged_bf16_d128, false);
  ropeMatchesDouble<Bf16, 64>(kvlab_cpu_rope_cache_write_contiguous_bf16_d64, true);
  ropeMatchesDouble<Bf16, 128>(kvlab_cpu_rope_cache_write_contiguous_bf16_d128, true);
}
TEST(ropeCacheWriteMatchesDoubleFp16) {
  ropeMatchesDouble<Fp16, 64>(kvlab_cpu_rope_cache_write_paged_fp16_d64, false);
  ropeMatchesDouble<Fp16, 128>(kvlab_cpu_rope_cache_write_paged_fp16_d128, false);
  ropeMatchesDouble<Fp16, 64>(kvlab_cpu_rope_cache_write_contiguous_fp16_d64, true);
  ropeMatchesDouble<Fp16, 128>(kvlab_cpu_rope_cache_write_contiguous_fp16_d128, true);
}
