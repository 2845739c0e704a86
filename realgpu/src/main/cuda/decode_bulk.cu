// Decode attention on tensor cores for sm_90: decode_mma.cu with its tiles brought to shared memory by the copy engine.
//
// {paged,contiguous}_decode_bulk_{bf16,fp16}_d{64,128}: grid (KV heads, items), block 128 = 4 warps; see decode.cuh for
// the work list and kv_layout.cuh for the address modes. A warp takes every fourth tile of 16 tokens of its item, through
// 8 KiB of shared memory of its own:
//
//   slots of D = 128  [ K and V of 16 tokens ]      D = 64  [ K and V of 16 tokens ] [ K and V of the next 16 ]
//
// The 16 tokens of a head lie side by side in either address mode, so K and V of a tile are one copy each, which a single
// lane asks for, and both report to the slot's barrier; memory sees runs of 4 KiB (D = 128) at once. As soon as the warp
// has a tile in registers its slot goes to the tile STAGES further on. Pages are read one tile ahead of that.
//
// Four blocks fit a processor, with 128 KiB on their way. With two blocks and three times the slots (192 KiB) large
// batches take 1 to 3% longer and small ones up to 16%; five blocks spill. Copies are the first that L2 gives up: K and V
// are read once, and without that hint a step loses 17 to 30 us a layer. Blocks that stay and go on to the next item,
// with memory busy while they merge, are 1 to 7% slower. All on an H200 (results/2026-11-27-h200).
//
// Source: the 1-D bulk copies of the CUDA programming guide ("Asynchronous data copies using TMA") and the rings of
// FlashAttention-3 (Shah et al. 2024); without its warp specialisation, which decode has no work for.
// Resources (ptxas 13.0, most of this file): 126 registers on sm_90;
// no spills; 32833 bytes of shared memory.
#include "decode_tensor.cuh"

namespace tensor {

/** 32 KiB for either head size. Bulk copies to a start that is no multiple of 128 bytes take a fifth longer. */
template <int D>
struct alignas(128) Ring {
  static constexpr int STAGES = 128 / D;
  struct Slot {
    uint16_t key[TILE_TOKENS * D], value[TILE_TOKENS * D];
  };
  Slot slots[WARPS][STAGES];
};
/** One warp's ring: which slot is next, and how often it came round. */
template <int D>
struct Turn {
  int slot = 0;
  unsigned parity = 0;
  __device__ __forceinline__ void next() {
    if (++slot < Ring<D>::STAGES) return;
    slot = 0;
    parity ^= 1;
  }
};

template <class T, int D, template <int> class Row>
__device__ __forceinline__ void decodeBulk(const DecodeParams& p) {
  constexpr int STAGES = Ring<D>::STAGES, STEP = WARPS * TILE_TOKENS;
  KV_SHARED(Ring<D>, ring);
  using Barriers = CopyBarrier[WARPS][STAGES];
  KV_SHARED(Barriers, barriers);

  const WorkItem item(p);
  if (item.row < 0) return;
  const int kvHead = blockIdx.x, warp = threadIdx.x / 32, firstHead = kvHead * p.group;
  const bool asks = threadIdx.x % 32 == 0;
  const Lane lane;
  const Row<D> row(tableOf(p), item.row, kvHead);

  int t = item.first + warp * TILE_TOKENS, nextPage = 0;
  const auto ask = [&](int slot, size_t at) {
    typename Ring<D>::Slot& to = ring.slots[warp][slot];
    expectBytes(barriers[warp][slot], sizeof to);
    copyBulk(to.key, p.keyPool + at, sizeof to.key, barriers[warp][slot]);
    copyBulk(to.value, p.valuePool + at, sizeof to.value, barriers[warp][slot]);
  };
  if (asks) {
#pragma unroll
    for (int s = 0; s < STAGES; s++) initBarrier(barriers[warp][s]);
    publishBarriers();
    int pages[STAGES];
#pragma unroll
    for (int s = 0; s < STAGES; s++) pages[s] = t + s * STEP < item.end ? row.page(t + s * STEP) : 0;
    if (t + STAGES * STEP < item.end) nextPage = row.page(t + STAGES * STEP);
#pragma unroll
    for (int s = 0; s < STAGES; s++) {
      if (t + s * STEP < item.end) ask(s, row.at(pages[s], t + s * STEP));
    }
  }
  __syncwarp();

  QueryTile<D> query;
  Accumulator<D> accumulator;
  query.load(p.query + ((size_t) item.row * p.kvHeads * p.group + firstHead) * D, p.group, lane);
  Turn<D> turn;
  for (; t < item.end; t += STEP) {
    const int lastToken = item.end - 1 - t;  // of this tile; 15 or more if it is full
    awaitBytes(barriers[warp][turn.slot], turn.parity);
    const typename Ring<D>::Slot& slot = ring.slots[warp][turn.slot];
    float s[4] = {0, 0, 0, 0};
    KeyTile<D> keys;
    keys.template load<FromShared>(slot.key, lane);
    keys.template multiply<T>(s, query);
    ValueTile<D> values;
    values.template load<FromShared>(slot.value, lane);
    __syncwarp();  // all lanes have read the slot
    if (asks) {
      if (t + STAGES * STEP < item.end) ask(turn.slot, row.at(nextPage, t + STAGES * STEP));
      if (t + (STAGES + 1) * STEP < item.end) nextPage = row.page(t + (STAGES + 1) * STEP);
    }
    turn.next();
    const float2 rescale = accumulator.weigh(s, lastToken, p.scaleLog2, lane);
    if (lastToken < TILE_TOKENS - 1) values.clearTail(lastToken, lane);
    accumulator.template add<T>(s, values, rescale);
  }

  __syncthreads();  // the rings are done with
  using Tile = MergeTile<D, WARPS, HEADS>;
  static_assert(sizeof(Tile) <= sizeof(Ring<D>), "it takes the rings' place");
  Tile& tile = reinterpret_cast<Tile&>(ring);
  accumulator.finish(tile, warp, lane);
  __syncthreads();
  storeMerged<T, D>(p, item, tile, firstHead, p.group);
}

}  // namespace tensor

KV_KERNEL_RESIDENT(paged_decode_bulk_bf16_d64, 128, 4, DecodeParams, tensor::decodeBulk<Bf16, 64, PagedRow>)
KV_KERNEL_RESIDENT(paged_decode_bulk_bf16_d128, 128, 4, DecodeParams, tensor::decodeBulk<Bf16, 128, PagedRow>)
KV_KERNEL_RESIDENT(paged_decode_bulk_fp16_d64, 128, 4, DecodeParams, tensor::decodeBulk<Fp16, 64, PagedRow>)
KV_KERNEL_RESIDENT(paged_decode_bulk_fp16_d128, 128, 4, DecodeParams, tensor::decodeBulk<Fp16, 128, PagedRow>)
KV_KERNEL_RESIDENT(contiguous_decode_bulk_bf16_d64, 128, 4, DecodeParams, tensor::decodeBulk<Bf16, 64, ContiguousRow>)
KV_KERNEL_RESIDENT(contiguous_decode_bulk_bf16_d128, 128, 4, DecodeParams, tensor::decodeBulk<Bf16, 128, ContiguousRow>)
KV_KERNEL_RESIDENT(contiguous_decode_bulk_fp16_d64, 128, 4, DecodeParams, tensor::decodeBulk<Fp16, 64, ContiguousRow>)
KV_KERNEL_RESIDENT(contiguous_decode_bulk_fp16_d128, 128, 4, DecodeParams, tensor::decodeBulk<Fp16, 128, ContiguousRow>)
