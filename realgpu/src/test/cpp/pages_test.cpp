#include "kv_fixture.h"
#include "pages.cu"

/** Two layers of a pool, every element a different number. */
struct Pools {
  const int layers = 2, pages = 7, pageElements = 3 * 16 * 64;
  Bits key, value;
  Pools() : key((size_t) layers * pages * pageElements), value(key.size()) {
    for (size_t i = 0; i < key.size(); i++) key[i] = (uint16_t) (i * 7), value[i] = (uint16_t) (i * 7 + 3);
  }
  uint16_t* page(Bits& pool, int layer, int page) { return &pool[((size_t) layer * pages + page) * pageElements]; }
};

static void copyPage(Pools& to, int toPage, Pools& from, int fromPage) {
  for (int layer = 0; layer < to.layers; layer++) {
    std::copy_n(from.page(from.key, layer, fromPage), to.pageElements, to.page(to.key, layer, toPage));
    std::copy_n(from.page(from.value, layer, fromPage), to.pageElements, to.page(to.value, layer, toPage));
  }
}

TEST(pageCopyTouchesNothingElse) {
  Pools before, actual, expected;
  const std::vector<int> pairs = {0, 6, 3, 1, 0, 2};
  for (size_t i = 0; i < pairs.size(); i += 2) copyPage(expected, pairs[i + 1], before, pairs[i]);
  const PageCopyParams p{actual.key.data(), actual.value.data(), pairs.data(), actual.pages, actual.pageElements};
  launch(kvlab_cpu_page_copy, {3, 2, 2}, 256, p);
  check(actual.key == expected.key && actual.value == expected.value, "copied pools differ");
}

TEST(swapOutAndInRestoresPages) {
  Pools before, actual, expected;
  const std::vector<int> out = {5, 0, 2}, in = {1, 4, 6};
  Bits buffer(3 * 2 * 2 * before.pageElements + 8, NAN_BITS);
  launch(kvlab_cpu_swap_pack, {3, 2, 2}, 256,
      SwapParams{buffer.data(), before.key.data(), before.value.data(), out.data(), before.pages, before.pageElements});
  // [listed page][K, V][layer][pageElements]
  const size_t at = ((size_t) (1 * 2 + 1) * 2 + 1) * before.pageElements;
  check(std::equal(&buffer[at], &buffer[at] + before.pageElements, before.page(before.value, 1, out[1])), "V of page 0, layer 1");
  check(buffer[buffer.size() - 8] == NAN_BITS, "wrote past the buffer");
  for (int i = 0; i < 3; i++) copyPage(expected, in[i], before, out[i]);
  launch(kvlab_cpu_swap_unpack, {3, 2, 2}, 256,
      SwapParams{buffer.data(), actual.key.data(), actual.value.data(), in.data(), actual.pages, actual.pageElements});
  check(actual.key == expected.key && actual.value == expected.value, "pools differ after swapping in");
}

TEST(gatherMakesRowsContiguous) {
  for (int pageTokens : {16, 48}) {
    Random random(31);
    const std::vector<int> lengths = {0, 1, pageTokens, pageTokens + 1, 130};
    KvFixture<Bf16> paged(64, 2, pageTokens, false, lengths, random), contiguous(64, 2, pageTokens, true, lengths, random);
    paged.fill(random);
    KvFixture<Bf16> expected = contiguous;
    for (int row = 0; row < (int) lengths.size(); row++) {
      for (int head = 0; head < 2; head++) {
        for (int t = 0; t < lengths[row]; t++) {
          std::copy_n(&paged.key[paged.at(row, head, t)], 64, &expected.key[expected.at(row, head, t)]);
          std::copy_n(&paged.value[paged.at(row, head, t)], 64, &expected.value[expected.at(row, head, t)]);
        }
      }
    }
    const GatherParams p{contiguous.key.data(), contiguous.value.data(), paged.key.data(), paged.value.data(),
        contiguous.table.data(), paged.table.data(), lengths.data(), paged.stride, paged.pages, contiguous.pages, 2, pageTokens, 64};
    launch(kvlab_cpu_page_gather, {(unsigned) paged.stride, (unsigned) lengths.size(), 1}, 256, p);
    check(contiguous.key == expected.key && contiguous.value == expected.value, "page %d: gathered pools differ", pageTokens);
  }
}
