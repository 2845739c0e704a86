// Moving whole pages: copies for copy-on-write, gathering of a paged sequence into a reservation, and staging for swap.
//
// Pools here are those of all layers, [layer][page][pageElements], where a page of one layer is [kvHead][slot][D]; the
// type of the elements does not matter. Blocks have 256 threads that move 16 bytes each per turn.
//
//   page_copy     grid (pairs, layers, 2): copies page pairs[i][0] to pairs[i][1]; z is 0 for K, 1 for V. No page may be
//                 the target of one pair and the source of another. After copy_blocks of vLLM (csrc/cache_kernels.cu).
//   page_gather   grid (pages of the longest row, rows, layers): copies the live tokens of paged rows to reservations of
//                 another pool (kv_layout.cuh): what it costs to make a sequence contiguous again.
//   swap_pack     grid (pages, layers, 2): gathers scattered pages into one buffer, [listed page][K, V][layer]
//                 [pageElements], which one memcpy then takes to the host; a page of the list is one run of the buffer.
//                 vLLM's swap_blocks copies page by page instead; the host merges adjacent pages without a kernel.
//   swap_unpack   the way back.
//
// Resources (ptxas 13.0, most of this file): 28, 28, 28, 30 registers on sm_80, sm_86, sm_89, sm_90;
// no spills; 0 bytes of shared memory.
#include "primitives.cuh"

constexpr int VECTOR = 8;  // elements in 16 bytes

/** The whole block copies `elements`, a multiple of 8, from one run to another. */
__device__ __forceinline__ void copyRun(uint16_t* to, const uint16_t* from, int elements) {
  for (int i = threadIdx.x * VECTOR; i < elements; i += blockDim.x * VECTOR) store16(to + i, load16(from + i));
}

struct PageCopyParams {
  uint16_t* keyPool;    // [layer][page][pageElements]
  uint16_t* valuePool;  // likewise
  const int* pairs;     // [pair][2]: from, to
  int pages;            // of the pool, per layer
  int pageElements;     // kvHeads * pageTokens * D
};

__device__ __forceinline__ void pageCopy(const PageCopyParams& p) {
  uint16_t* pool = (blockIdx.z == 0 ? p.keyPool : p.valuePool) + (size_t) blockIdx.y * p.pages * p.pageElements;
  const int from = p.pairs[blockIdx.x * 2], to = p.pairs[blockIdx.x * 2 + 1];
  copyRun(pool + (size_t) to * p.pageElements, pool + (size_t) from * p.pageElements, p.pageElements);
}

struct GatherParams {
  uint16_t* toKeyPool;          // [layer][toPages][pageElements], carved into reservations
  uint16_t* toValuePool;        // likewise
  const uint16_t* fromKeyPool;  // [layer][fromPages][pageElements]
  const uint16_t* fromValuePool;
  const int* toTable;    // [row][2]: first page, reserved tokens
  const int* fromTable;  // [row][fromStride]: page ids
  const int* contextTokens;  // [row]
  int fromStride;
  int fromPages;
  int toPages;
  int kvHeads;
  int pageTokens;
  int headSize;
};

__device__ __forceinline__ void pageGather(const GatherParams& p) {
  const int index = blockIdx.x, row = blockIdx.y, layer = blockIdx.z;
  const int first = index * p.pageTokens, live = min(p.contextTokens[row] - first, p.pageTokens);
  if (live <= 0) return;
  const size_t pageElements = (size_t) p.kvHeads * p.pageTokens * p.headSize;
  const int page = p.fromTable[(size_t) row * p.fromStride + index], reserved = p.toTable[row * 2 + 1];
  const size_t from = ((size_t) layer * p.fromPages + page) * pageElements;
  const size_t to = ((size_t) layer * p.toPages + p.toTable[row * 2]) * pageElements;
  for (int head = 0; head < p.kvHeads; head++) {
    const size_t source = from + (size_t) head * p.pageTokens * p.headSize;
    const size_t target = to + ((size_t) head * reserved + first) * p.headSize;
    copyRun(p.toKeyPool + target, p.fromKeyPool + source, live * p.headSize);
    copyRun(p.toValuePool + target, p.fromValuePool + source, live * p.headSize);
  }
}

struct SwapParams {
  uint16_t* buffer;     // [listed page][K, V][layer][pageElements]
  uint16_t* keyPool;    // [layer][page][pageElements]
  uint16_t* valuePool;  // likewise
  const int* pageIds;   // [listed page]
  int pages;            // of the pool, per layer
  int pageElements;
};

template <bool PACK>
__device__ __forceinline__ void swapPages(const SwapParams& p) {
  const int layer = blockIdx.y, layers = gridDim.y;
  uint16_t* pool = blockIdx.z == 0 ? p.keyPool : p.valuePool;
  uint16_t* page = pool + ((size_t) layer * p.pages + p.pageIds[blockIdx.x]) * p.pageElements;
  uint16_t* staged = p.buffer + (((size_t) blockIdx.x * 2 + blockIdx.z) * layers + layer) * p.pageElements;
  if (PACK) copyRun(staged, page, p.pageElements);
  else copyRun(page, staged, p.pageElements);
}

KV_KERNEL(page_copy, 256, PageCopyParams, pageCopy)
KV_KERNEL(page_gather, 256, GatherParams, pageGather)
KV_KERNEL(swap_pack, 256, SwapParams, swapPages<true>)
KV_KERNEL(swap_unpack, 256, SwapParams, swapPages<false>)
