// Decode attention on tensor cores without shared memory in the loop: one new token per row attends to its context, the
// query heads that share a KV head in one block. decode_tensor.cuh has what a warp does with a tile of K and V.
//
// {paged,contiguous}_decode_mma_{bf16,fp16}_d{64,128}: grid (KV heads, items), block 128 = 4 warps; see decode.cuh for
// the work list and kv_layout.cuh for the address modes. A warp takes every fourth tile of 16 tokens of its item.
//
// While a tile's softmax runs, the next K tile and this V tile are on their way, and the page of the tile after that is
// read ahead, so that a warp always waits for one memory access and not for two in a row. The register-only data path is
// this file's own; the published kernels have a pipeline in shared memory, as decode_bulk.cu has where there is the
// hardware for it (sm_90).
// Registers are limited to 168, so that 3 blocks fit a processor: they keep up to 96 KiB of loads on their way, three
// times what 4.8 TB/s at a latency of 800 ns needs.
// Resources (ptxas 13.0, most of this file): 151, 151, 151, 156 registers on sm_80, sm_86, sm_89, sm_90;
// no spills; 17153 bytes of shared memory.
#include "decode_tensor.cuh"

namespace tensor {

template <class T, int D, template <int> class Row>
__device__ __forceinline__ void decode(const DecodeParams& p) {
  const WorkItem item(p);
  if (item.row < 0) return;
  const int kvHead = blockIdx.x, warp = threadIdx.x / 32, firstHead = kvHead * p.group;
  const Lane lane;
  const Row<D> row(tableOf(p), item.row, kvHead);

  QueryTile<D> query;
  KeyTile<D> keys;
  Accumulator<D> accumulator;
  query.load(p.query + ((size_t) item.row * p.kvHeads * p.group + firstHead) * D, p.group, lane);

  constexpr int STEP = WARPS * TILE_TOKENS;
  int t = item.first + warp * TILE_TOKENS, nextPage = 0;
  size_t at = 0;
  if (t < item.end) {
    at = row.at(row.page(t), t);
    keys.template load<FromMemory>(p.keyPool + at, lane);
  }
  if (t + STEP < item.end) nextPage = row.page(t + STEP);
  for (; t < item.end; t += STEP) {
    const int lastToken = item.end - 1 - t;  // of this tile; 15 or more if it is full
    ValueTile<D> values;
    values.template load<FromMemory>(p.valuePool + at, lane);
    float s[4] = {0, 0, 0, 0};
    keys.template multiply<T>(s, query);
    if (t + STEP < item.end) {
      at = row.at(nextPage, t + STEP);
      keys.template load<FromMemory>(p.keyPool + at, lane);
    }
    if (t + 2 * STEP < item.end) nextPage = row.page(t + 2 * STEP);
    const float2 rescale = accumulator.weigh(s, lastToken, p.scaleLog2, lane);
    if (lastToken < TILE_TOKENS - 1) values.clearTail(lastToken, lane);
    accumulator.template add<T>(s, values, rescale);
  }

  using Tile = MergeTile<D, WARPS, HEADS>;
  KV_SHARED(Tile, tile);
  accumulator.finish(tile, warp, lane);
  __syncthreads();
  storeMerged<T, D>(p, item, tile, firstHead, p.group);
}

}  // namespace tensor

KV_KERNEL_RESIDENT(paged_decode_mma_bf16_d64, 128, 3, DecodeParams, tensor::decode<Bf16, 64, PagedRow>)
KV_KERNEL_RESIDENT(paged_decode_mma_bf16_d128, 128, 3, DecodeParams, tensor::decode<Bf16, 128, PagedRow>)
KV_KERNEL_RESIDENT(paged_decode_mma_fp16_d64, 128, 3, DecodeParams, tensor::decode<Fp16, 64, PagedRow>)
KV_KERNEL_RESIDENT(paged_decode_mma_fp16_d128, 128, 3, DecodeParams, tensor::decode<Fp16, 128, PagedRow>)
KV_KERNEL_RESIDENT(contiguous_decode_mma_bf16_d64, 128, 3, DecodeParams, tensor::decode<Bf16, 64, ContiguousRow>)
KV_KERNEL_RESIDENT(contiguous_decode_mma_bf16_d128, 128, 3, DecodeParams, tensor::decode<Bf16, 128, ContiguousRow>)
KV_KERNEL_RESIDENT(contiguous_decode_mma_fp16_d64, 128, 3, DecodeParams, tensor::decode<Fp16, 64, ContiguousRow>)
KV_KERNEL_RESIDENT(contiguous_decode_mma_fp16_d128, 128, 3, DecodeParams, tensor::decode<Fp16, 128, ContiguousRow>)
