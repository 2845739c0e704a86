// Cache write: stores the K and V of new tokens in the slots that the page table gives them.
//
// Source of the idea: reshape_and_cache_flash of vLLM (csrc/cache_kernels.cu). Deviation: it takes a slot per token that
// the host computed; here a token names its row and position and the kernel looks the slot up, in both address modes.
//
// cache_write_{paged,contiguous}_d{64,128}: grid (tokens), block 128; 16 bytes per thread and turn. The type of the
// elements does not matter. Tokens whose row is -1 are padding and are skipped.
// Resources (ptxas 13.0, most of this file): 28, 28, 28, 28 registers on sm_80, sm_86, sm_89, sm_90;
// no spills; 0 bytes of shared memory.
#include "kv_layout.cuh"

struct CacheWriteParams {
  uint16_t* keyPool;         // of one layer, see kv_layout.cuh
  uint16_t* valuePool;       // likewise
  const uint16_t* key;       // [token][inputStride]: kvHeads * D elements from the start of each
  const uint16_t* value;     // likewise
  const int* table;          // [row][tableStride]
  const int* tokenRow;       // [token]
  const int* tokenPosition;  // [token]
  int inputStride;           // elements, a multiple of 8
  int tableStride;
  int kvHeads;
  int pageTokens;
};

template <int D, template <int> class Row>
__device__ __forceinline__ void cacheWrite(const CacheWriteParams& p) {
  constexpr int VECTORS = D / 8;  // of 16 bytes, per head
  const int token = blockIdx.x, rowIndex = p.tokenRow[token], position = p.tokenPosition[token];
  if (rowIndex < 0) return;
  for (int i = threadIdx.x; i < p.kvHeads * VECTORS; i += blockDim.x) {
    const int head = i / VECTORS, d = i % VECTORS * 8;
    const Row<D> row({p.table, p.tableStride, p.kvHeads, p.pageTokens}, rowIndex, head);
    const size_t from = (size_t) token * p.inputStride + head * D + d;
    const size_t to = row.at(row.page(position), position) + d;
    store16(p.keyPool + to, load16(p.key + from));
    store16(p.valuePool + to, load16(p.value + from));
  }
}

KV_KERNEL(cache_write_paged_d64, 128, CacheWriteParams, cacheWrite<64, PagedRow>)
KV_KERNEL(cache_write_paged_d128, 128, CacheWriteParams, cacheWrite<128, PagedRow>)
KV_KERNEL(cache_write_contiguous_d64, 128, CacheWriteParams, cacheWrite<64, ContiguousRow>)
KV_KERNEL(cache_write_contiguous_d128, 128, CacheWriteParams, cacheWrite<128, ContiguousRow>)
