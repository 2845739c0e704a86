// Where the K or V of a token lies in one layer's pool of 16-bit floats. Two address modes, one type each, chosen by a
// template parameter of the kernels so that both run the same instructions otherwise:
//
//   PagedRow        pool [page][kvHead][slot][D]; a row of the table holds the ids of the sequence's pages, in order.
//                   Source: the "HND" layout of FlashInfer; (page, head) is one run of pageTokens * D elements.
//   ContiguousRow   the same pool carved into reservations, runs of whole pages. Inside one, [kvHead][reserved][D]:
//                   tokens of a head lie side by side for as long as the reservation is. A row of the table holds
//                   {first page, reserved tokens}; reserved is a multiple of pageTokens, tableStride is 2.
//
// pageTokens is a multiple of 16 from 16 to 256, so 16 tokens from a multiple of 16 on never leave their page. Positions
// stay below 2^24.
#pragma once
#include "primitives.cuh"

/** The page table and the shape of the pool, as kernels get them. */
struct KvTable {
  const int* rows;  // [row][tableStride]
  int tableStride, kvHeads, pageTokens;
};

template <int D>
struct PagedRow {
  const int* pages;  // [index]
  int kvHeads, kvHead, pageTokens;
  unsigned reciprocal;  // ceil(2^32 / pageTokens): turns the division below into a multiplication, exact below 2^24

  __device__ __forceinline__ PagedRow(const KvTable& t, int row, int kvHead)
      : pages(t.rows + (size_t) row * t.tableStride),
        kvHeads(t.kvHeads),
        kvHead(kvHead),
        pageTokens(t.pageTokens),
        reciprocal(0xffffffffu / t.pageTokens + 1) {}

  __device__ __forceinline__ int index(int token) const { return (int) __umulhi(token, reciprocal); }

  /** The id of the token's page; apart from at(), so that it can be read ahead. */
  __device__ __forceinline__ int page(int token) const { return pages[index(token)]; }

  /** Element offset of the token, given its page. */
  __device__ __forceinline__ size_t at(int page, int token) const {
    const int slot = token - index(token) * pageTokens;
    return (((size_t) page * kvHeads + kvHead) * pageTokens + slot) * D;
  }
};

template <int D>
struct ContiguousRow {
  size_t base;

  __device__ __forceinline__ ContiguousRow(const KvTable& t, int row, int kvHead) {
    const int* entry = t.rows + (size_t) row * t.tableStride;
    base = ((size_t) entry[0] * t.kvHeads * t.pageTokens + (size_t) kvHead * entry[1]) * D;
  }

  __device__ __forceinline__ int page(int) const { return 0; }

  __device__ __forceinline__ size_t at(int, int token) const { return base + (size_t) token * D; }
};
