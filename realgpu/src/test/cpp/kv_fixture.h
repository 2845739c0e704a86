// A layer's K and V pools with sequences in them, paged or in reservations, for the tests of kernels that read or write
// the cache. Every slot that no live token owns is NaN, and pools are exactly as long as their pages, so that a stray
// read or write shows. Addresses are computed here from the layout's definition, not with the kernels' code.
#pragma once
#include "harness.h"

template <class T>
struct KvFixture {
  const int D, kvHeads, pageTokens;
  const bool contiguous;
  const std::vector<int> lengths;  // [row]
  std::vector<int> table;          // [row][stride], as kv_layout.cuh defines it
  int stride, pages;
  Bits key, value;

  KvFixture(int D, int kvHeads, int pageTokens, bool contiguous, std::vector<int> lengths, Random& random)
      : D(D), kvHeads(kvHeads), pageTokens(pageTokens), contiguous(contiguous), lengths(lengths) {
    const int rows = (int) lengths.size();
    int maxPages = 1;
    for (int length : lengths) maxPages = std::max(maxPages, pagesFor(length));
    stride = contiguous ? 2 : maxPages;
    table.assign((size_t) rows * stride, 0x3fffffff);  // an entry no live token needs leads far out of the pool
    pages = 0;
    for (int length : lengths) pages += pagesFor(length) + 1;
    std::vector<int> order(pages);
    for (int i = 0; i < pages; i++) order[i] = i;
    if (!contiguous) random.shuffle(order);
    int next = 1;  // page order[0] and every last page of a reservation stay unused
    for (int row = 0; row < rows; row++) {
      if (contiguous) {
        table[row * 2] = next;
        table[row * 2 + 1] = pagesFor(lengths[row]) * pageTokens;
        next += pagesFor(lengths[row]);
      } else {
        for (int i = 0; i < pagesFor(lengths[row]); i++) table[row * stride + i] = order[next++];
      }
    }
    key.assign((size_t) pages * kvHeads * pageTokens * D, NAN_BITS);
    value = key;
  }

  int pagesFor(int tokens) const { return (tokens + pageTokens - 1) / pageTokens; }

  size_t at(int row, int head, int token) const {
    if (contiguous) {
      const size_t first = (size_t) table[row * 2] * kvHeads * pageTokens;
      return (first + (size_t) head * table[row * 2 + 1] + token) * D;
    }
    const size_t page = table[row * stride + token / pageTokens];
    return ((page * kvHeads + head) * pageTokens + token % pageTokens) * D;
  }

  void fill(Random& random) {
    for (size_t row = 0; row < lengths.size(); row++) {
      for (int head = 0; head < kvHeads; head++) {
        for (int token = 0; token < lengths[row]; token++) {
          for (int d = 0; d < D; d++) {
            key[at(row, head, token) + d] = T::fromFloat((float) random.gaussian());
            value[at(row, head, token) + d] = T::fromFloat((float) random.gaussian());
          }
        }
      }
    }
  }

  /** softmax(q K^T / sqrt(D)) V over the first `tokens` tokens of a row; zeros if there are none. */
  std::vector<double> attend(const uint16_t* query, int row, int head, int tokens) const {
    std::vector<double> weight(tokens), out(D, 0.0);
    double maximum = -1e300, sum = 0;
    for (int t = 0; t < tokens; t++) {
      const uint16_t* k = &key[at(row, head, t)];
      double dot = 0;
      for (int d = 0; d < D; d++) dot += (double) T::toFloat(query[d]) * T::toFloat(k[d]);
      weight[t] = dot / std::sqrt((double) D);
      maximum = std::max(maximum, weight[t]);
    }
    for (double& w : weight) sum += w = std::exp(w - maximum);
    for (int t = 0; t < tokens; t++) {
      const uint16_t* v = &value[at(row, head, t)];
      for (int d = 0; d < D; d++) out[d] += weight[t] / sum * T::toFloat(v[d]);
    }
    return out;
  }
};
