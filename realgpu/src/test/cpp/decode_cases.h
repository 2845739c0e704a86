// Runs decode attention of one kernel over one batch, with the work list that a host makes, and compares it with a
// double reference.
#pragma once
#include "decode.cuh"
#include "kv_fixture.h"

struct DecodeCase {
  int kvHeads, group, pageTokens, splitTokens;
  std::vector<int> lengths;
};

/** The parts of a batch: rows cut every splitTokens tokens, longest part first, then padding. */
struct WorkList {
  std::vector<int> items, parts;  // [item][4], [row][2]
  int partials = 0;

  WorkList(const std::vector<int>& lengths, int splitTokens) {
    std::vector<std::vector<int>> all;
    for (int row = 0; row < (int) lengths.size(); row++) {
      const int cuts = std::max(1, (lengths[row] + splitTokens - 1) / splitTokens);
      parts.push_back(partials);
      parts.push_back(cuts > 1 ? cuts : 0);
      for (int i = 0; i < cuts; i++) {
        all.push_back({row, i * splitTokens, std::min(lengths[row], (i + 1) * splitTokens), cuts > 1 ? partials++ : -1});
      }
    }
    std::stable_sort(all.begin(), all.end(), [](auto& a, auto& b) { return a[2] - a[1] > b[2] - b[1]; });
    all.push_back({-1, 0, 0, -1});
    for (const auto& item : all) items.insert(items.end(), item.begin(), item.end());
  }
  int size() const { return (int) items.size() / 4; }
};

/** A kernel, and whether its grid.x are query heads instead of KV heads. */
struct DecodeKernel {
  Launch run;
  bool perQueryHead = false;
};

/** Runs the batch. */
template <class T, int D>
Bits runDecode(const DecodeKernel& kernel, const KvFixture<T>& kv, const Bits& query, int group, int splitTokens) {
  const int qHeads = kv.kvHeads * group, rows = (int) kv.lengths.size();
  const int blocksPerItem = kernel.perQueryHead ? qHeads : kv.kvHeads;
  const WorkList work(kv.lengths, splitTokens);
  Bits out((size_t) rows * qHeads * D, NAN_BITS);
  std::vector<float> partialOut((size_t) work.partials * qHeads * D, NAN), stats((size_t) work.partials * qHeads * 2, NAN);
  std::vector<unsigned> done((size_t) rows * blocksPerItem, 0);
  const DecodeParams decode{out.data(), partialOut.data(), stats.data(), done.data(), query.data(), kv.key.data(),
      kv.value.data(), kv.table.data(), work.items.data(), work.parts.data(), kv.stride, kv.kvHeads, group, kv.pageTokens, (float) (1.4426950408889634 / std::sqrt((double) D))};
  launch(kernel.run, {(unsigned) blocksPerItem, (unsigned) work.size(), 1}, 128, decode);
  for (unsigned blocks : done) check(blocks == 0, "a count of done parts is left at %u", blocks);
  return out;
}

template <class T, int D>
void testDecode(const char* name, const DecodeKernel& kernel, bool contiguous, const DecodeCase& c, uint64_t seed) {
  Random random(seed);
  KvFixture<T> kv(D, c.kvHeads, c.pageTokens, contiguous, c.lengths, random);
  kv.fill(random);
  const int qHeads = c.kvHeads * c.group;
  const Bits query = random.floats<T>(c.lengths.size() * qHeads * D);
  const Bits out = runDecode<T, D>(kernel, kv, query, c.group, c.splitTokens);
  RelativeL2 error;
  for (int row = 0; row < (int) c.lengths.size(); row++) {
    for (int head = 0; head < qHeads; head++) {
      const size_t at = ((size_t) row * qHeads + head) * D;
      const std::vector<double> expected = kv.attend(&query[at], row, head / c.group, c.lengths[row]);
      for (int d = 0; d < D; d++) error.add(T::toFloat(out[at + d]), expected[d]);
    }
  }
  char what[200];
  snprintf(what, sizeof what, "%s group %d page %d split %d seed %d", name, c.group, c.pageTokens, c.splitTokens, (int) seed);
  error.check(what);
}

/** Groups 1 to 8, pages from 16 to 256 tokens incl. one that is no power of two, lengths 0, 1 and around page edges. */
inline const std::vector<DecodeCase>& decodeCases() {
  static const std::vector<DecodeCase> cases = {
      {2, 1, 16, 64, {0, 1, 15, 16, 17, 130}},
      {2, 4, 32, 128, {1, 31, 33, 300, 0}},
      {1, 8, 48, 64, {47, 49, 97, 200}},
      {1, 3, 256, 512, {255, 257, 5}},
      {1, 2, 16, 512, {401, 320}},
  };
  return cases;
}
