#include "cache_write.cu"
#include "kv_fixture.h"

/** Writes every token of ragged rows in random order, among padding; slots then hold them and nothing else changed. */
template <int D>
static void writesEverySlotOnce(Launch kernel, bool contiguous, int pageTokens) {
  Random random(21);
  KvFixture<Bf16> expected(D, 3, pageTokens, contiguous, {0, 1, pageTokens - 1, pageTokens, pageTokens + 1, 70}, random);
  KvFixture<Bf16> actual = expected;
  expected.fill(random);
  std::vector<int> order, rows, positions;
  for (int row = 0; row < (int) expected.lengths.size(); row++) {
    for (int t = 0; t < expected.lengths[row]; t++) order.push_back(row << 16 | t);
  }
  order.push_back(-1);
  random.shuffle(order);
  const int stride = expected.kvHeads * D + 24;
  Bits key(order.size() * stride, NAN_BITS), value = key;
  for (size_t i = 0; i < order.size(); i++) {
    rows.push_back(order[i] < 0 ? -1 : order[i] >> 16);
    positions.push_back(order[i] < 0 ? 0 : order[i] & 0xffff);
    for (int x = 0; rows[i] >= 0 && x < expected.kvHeads * D; x++) {
      key[i * stride + x] = expected.key[expected.at(rows[i], x / D, positions[i]) + x % D];
      value[i * stride + x] = expected.value[expected.at(rows[i], x / D, positions[i]) + x % D];
    }
  }
  const CacheWriteParams p{actual.key.data(), actual.value.data(), key.data(), value.data(), actual.table.data(),
      rows.data(), positions.data(), stride, actual.stride, actual.kvHeads, pageTokens};
  launch(kernel, {(unsigned) order.size(), 1, 1}, 128, p);
  check(actual.key == expected.key, "d%d page %d contiguous %d: keys differ", D, pageTokens, contiguous);
  check(actual.value == expected.value, "d%d page %d contiguous %d: values differ", D, pageTokens, contiguous);
}

TEST(cacheWriteFillsExactlyItsSlots) {
  for (int pageTokens : {16, 48, 256}) {
    writesEverySlotOnce<64>(kvlab_cpu_cache_write_paged_d64, false, pageTokens);
    writesEverySlotOnce<128>(kvlab_cpu_cache_write_paged_d128, false, pageTokens);
    writesEverySlotOnce<64>(kvlab_cpu_cache_write_contiguous_d64, true, pageTokens);
    writesEverySlotOnce<128>(kvlab_cpu_cache_write_contiguous_d128, true, pageTokens);
  }
}
