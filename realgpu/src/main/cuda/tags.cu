// Content tags: K and V that say whose they are, and the count of slots that hold something else.
//
// tag_write stores, in the slot of every new token, bits that depend on (request, position, layer, KV head, K or V, word)
// alone; tag_check walks all live slots of all rows and compares. If an allocator gives a slot to two sequences, moves a
// page without its table or forgets a copy, some slot holds the wrong bits. A wrong slot escapes with probability 2^-11
// per word of two elements, and has 32 or 64 of them.
//
//   tag_write_{paged,contiguous}_d{64,128}  grid (tokens), block 128; tokens whose row is -1 are padding
//   tag_check_{paged,contiguous}_d{64,128}  grid (16-token tiles of the longest row, rows), block 128
//
// The bits are finite numbers of either type (fp16: 1 to 2 in size, bf16: 1/128 to 2), so that attention may run on them.
// Resources (ptxas 13.0, most of this file): 40, 40, 40, 40 registers on sm_80, sm_86, sm_89, sm_90;
// no spills; 0 bytes of shared memory.
#include "kv_layout.cuh"

struct TagParams {
  uint16_t* keyPool;         // of one layer, see kv_layout.cuh
  uint16_t* valuePool;       // likewise
  unsigned* report;          // tag_check adds to [0] the wrong and to [1] the checked 16-byte vectors
  const int* table;          // [row][tableStride]
  const int* requests;       // [row]
  const int* tokenRow;       // [token], tag_write only
  const int* tokenPosition;  // [token], tag_write only
  const int* contextTokens;  // [row], tag_check only
  int tableStride;
  int kvHeads;
  int pageTokens;
  int layer;
};

/** The finalizer of MurmurHash3 (Appleby): every bit of the result depends on every bit of x. */
__device__ __forceinline__ unsigned mixBits(unsigned x) {
  x ^= x >> 16;
  x *= 0x85ebca6b;
  x ^= x >> 13;
  x *= 0xc2b2ae35;
  return x ^ x >> 16;
}

/** Two elements; only sign and mantissa vary. */
__device__ __forceinline__ unsigned tagWord(unsigned seed, int word) {
  return (mixBits(seed + word * 0x9e3779b9u) & 0x83ff83ff) | 0x3c003c00;
}

/** Eight elements from the d-th on; kind is 0 for K and 1 for V. */
__device__ __forceinline__ uint4 tagVector(int request, int position, int layer, int head, int kind, int d) {
  const unsigned place = mixBits((unsigned) layer << 17 ^ (unsigned) head << 1 ^ kind);
  const unsigned seed = mixBits(mixBits(place ^ (unsigned) position * 0x9e3779b9u) ^ (unsigned) request * 0x85ebca6bu);
  return {tagWord(seed, d / 2), tagWord(seed, d / 2 + 1), tagWord(seed, d / 2 + 2), tagWord(seed, d / 2 + 3)};
}

template <int D, template <int> class Row>
__device__ __forceinline__ void tagWrite(const TagParams& p) {
  constexpr int VECTORS = D / 8;
  const int token = blockIdx.x, rowIndex = p.tokenRow[token], position = p.tokenPosition[token];
  if (rowIndex < 0) return;
  const int request = p.requests[rowIndex];
  for (int i = threadIdx.x; i < p.kvHeads * VECTORS; i += blockDim.x) {
    const int head = i / VECTORS, d = i % VECTORS * 8;
    const Row<D> row({p.table, p.tableStride, p.kvHeads, p.pageTokens}, rowIndex, head);
    const size_t at = row.at(row.page(position), position) + d;
    store16(p.keyPool + at, tagVector(request, position, p.layer, head, 0, d));
    store16(p.valuePool + at, tagVector(request, position, p.layer, head, 1, d));
  }
}

__device__ __forceinline__ unsigned differs(uint4 a, uint4 b) {
  return a.x != b.x || a.y != b.y || a.z != b.z || a.w != b.w;
}

template <int D, template <int> class Row>
__device__ __forceinline__ void tagCheck(const TagParams& p) {
  constexpr int VECTORS = D / 8, TILE_TOKENS = 16;
  const int rowIndex = blockIdx.y, first = blockIdx.x * TILE_TOKENS;
  const int tokens = min(p.contextTokens[rowIndex] - first, TILE_TOKENS);
  if (tokens <= 0) return;
  const int request = p.requests[rowIndex];
  unsigned wrong = 0, checked = 0;
  for (int i = threadIdx.x; i < p.kvHeads * tokens * VECTORS; i += blockDim.x) {
    const int d = i % VECTORS * 8, token = first + i / VECTORS % tokens, head = i / VECTORS / tokens;
    const Row<D> row({p.table, p.tableStride, p.kvHeads, p.pageTokens}, rowIndex, head);
    const size_t at = row.at(row.page(token), token) + d;
    wrong += differs(load16(p.keyPool + at), tagVector(request, token, p.layer, head, 0, d));
    wrong += differs(load16(p.valuePool + at), tagVector(request, token, p.layer, head, 1, d));
    checked += 2;
  }
  if (wrong) atomicAdd(&p.report[0], wrong);
  if (checked) atomicAdd(&p.report[1], checked);
}

KV_KERNEL(tag_write_paged_d64, 128, TagParams, tagWrite<64, PagedRow>)
KV_KERNEL(tag_write_paged_d128, 128, TagParams, tagWrite<128, PagedRow>)
KV_KERNEL(tag_write_contiguous_d64, 128, TagParams, tagWrite<64, ContiguousRow>)
KV_KERNEL(tag_write_contiguous_d128, 128, TagParams, tagWrite<128, ContiguousRow>)
KV_KERNEL(tag_check_paged_d64, 128, TagParams, tagCheck<64, PagedRow>)
KV_KERNEL(tag_check_paged_d128, 128, TagParams, tagCheck<128, PagedRow>)
KV_KERNEL(tag_check_contiguous_d64, 128, TagParams, tagCheck<64, ContiguousRow>)
KV_KERNEL(tag_check_contiguous_d128, 128, TagParams, tagCheck<128, ContiguousRow>)
