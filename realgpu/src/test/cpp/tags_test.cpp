#include <set>

#include "kv_fixture.h"
#include "tags.cu"

struct Tagged {
  KvFixture<Bf16> kv;
  std::vector<int> requests, rows, positions;

  Tagged(int D, bool contiguous, Random& random) : kv(D, 2, 16, contiguous, {0, 1, 16, 37}, random), requests{9, 4, 7, 1000000} {
    for (int row = 0; row < (int) kv.lengths.size(); row++) {
      for (int t = 0; t < kv.lengths[row]; t++) rows.push_back(row), positions.push_back(t);
    }
    rows.push_back(-1), positions.push_back(0);
  }
  TagParams params(unsigned* report, int layer) {
    return {kv.key.data(), kv.value.data(), report, kv.table.data(), requests.data(), rows.data(), positions.data(),
        kv.lengths.data(), kv.stride, kv.kvHeads, kv.pageTokens, layer};
  }
  void write(Launch kernel, int layer) { launch(kernel, {(unsigned) rows.size(), 1, 1}, 128, params(nullptr, layer)); }
  /** Wrong vectors, after checking that all live ones were looked at. */
  unsigned wrong(Launch kernel, int layer) {
    unsigned report[2] = {0, 0};
    launch(kernel, {3, (unsigned) kv.lengths.size(), 1}, 128, params(report, layer));
    check(report[1] == 54u * 2 * 2 * kv.D / 8, "checked %u vectors of %d", report[1], 54 * 2 * 2 * kv.D / 8);
    return report[0];
  }
};

template <int D>
static void tagsTellSlotsApart(Launch write, Launch verify, bool contiguous) {
  Random random(41);
  Tagged t(D, contiguous, random);
  const unsigned perToken = 2 * 2 * D / 8;  // vectors in all heads of K and V
  check(t.wrong(verify, 3) == 54 * perToken, "an unwritten pool passes");
  t.write(write, 3);
  check(t.wrong(verify, 3) == 0, "a freshly written pool has wrong tags");
  check(t.wrong(verify, 2) == 54 * perToken, "tags of another layer pass");
  t.requests[3]++;
  check(t.wrong(verify, 3) == 37 * perToken, "tags of another request pass");
  t.requests[3]--;
  t.kv.value[t.kv.at(2, 1, 5) + D - 1] ^= 1;
  check(t.wrong(verify, 3) == 1, "one changed bit is not one wrong vector");
  if (contiguous) return;
  std::swap(t.kv.table[3 * t.kv.stride], t.kv.table[3 * t.kv.stride + 1]);
  check(t.wrong(verify, 3) == 1 + 32 * perToken, "two pages of a row in the wrong order");
}

TEST(tagsTellSlotsApartPagedD64) { tagsTellSlotsApart<64>(kvlab_cpu_tag_write_paged_d64, kvlab_cpu_tag_check_paged_d64, false); }
TEST(tagsTellSlotsApartPagedD128) { tagsTellSlotsApart<128>(kvlab_cpu_tag_write_paged_d128, kvlab_cpu_tag_check_paged_d128, false); }
TEST(tagsTellSlotsApartContiguousD64) { tagsTellSlotsApart<64>(kvlab_cpu_tag_write_contiguous_d64, kvlab_cpu_tag_check_contiguous_d64, true); }
TEST(tagsTellSlotsApartContiguousD128) { tagsTellSlotsApart<128>(kvlab_cpu_tag_write_contiguous_d128, kvlab_cpu_tag_check_contiguous_d128, true); }

TEST(tagsAreFiniteNumbersThatDiffer) {
  std::set<unsigned> seen;
  int words = 0;
  for (int request = 0; request < 4; request++) {
    for (int position = 0; position < 16; position++) {
      for (int kind = 0; kind < 2; kind++) {
        const uint4 v = tagVector(request, position, 1, 2, kind, 8);
        for (unsigned word : {v.x, v.y, v.z, v.w}) {
          seen.insert(word);
          words++;
          const float2 bf16 = unpack2<Bf16>(word), fp16 = unpack2<Fp16>(word);
          check(std::fabs(bf16.x) < 2 && std::fabs(bf16.y) < 2 && std::fabs(fp16.x) < 2 && std::fabs(fp16.y) < 2, "tag %08x", word);
        }
      }
    }
  }
  check((int) seen.size() > words - 5, "%d of %d words differ", (int) seen.size(), words);
}
