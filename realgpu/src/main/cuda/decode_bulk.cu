// Decode attention on tensor cores for sm_90: decode_mma.cu with its tiles brought to shared memory by the copy engine.
//
// {paged,contiguous}_decode_bulk_{bf16,fp16}_d{64,128}: grid (KV heads, items), block 128 = 4 warps, Ring<D> of dynamic
// shared memory; see decode.cuh for the work list and kv_layout.cuh for the address modes. A warp takes every fourth tile
// of 16 tokens of its item, through a ring of its own:
//
//   slot  0 [ K | V ]  1 [ K | V ]  2 [ K | V ]     one barrier each, which the copies of both report to
//
// The 16 tokens of a head lie side by side in either address mode, so K and V of a tile are one copy each, which a single
// lane asks for; memory sees runs of 4 KiB (D = 128) at once. As soon as the warp has a tile in registers its slot goes to
// the tile STAGES further on. Pages are read one tile ahead of that.
//
// Source: the 1-D bulk copies of the CUDA programming guide ("Asynchronous data copies using TMA") and the rings of
// FlashAttention-3 (Shah et al. 2024); without its warp specialisation, which decode has no work for.
// Two blocks fit a processor, with 192 KiB on their way. On an H200 large batches take an eighth less time than with
// decode_mma.cu (results/2026-11-26-h200); a ring that does not start at a multiple of 128 bytes costs more than that.
// Resources (ptxas 13.0, most of this file): 122 registers on sm_90;
// no spills; 1024 bytes of shared memory.
#include "decode_tensor.cuh"

namespace tensor {

/** 96 KiB for either head size. */
template <int D>
struct Ring {
  static constexpr int STAGES = 3 * 128 / D;
  struct Slot {
    uint16_t key[TILE_TOKENS * D], value[TILE_TOKENS * D];
  };
  Slot slots[WARPS][STAGES];
};
static_assert(sizeof(Ring<128>) == sizeof(Ring<64>), "the host asks for one size");

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
  KV_SHARED_DYNAMIC(Ring<D>, ring);
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

#define BULK_KERNEL(name, D, ...) KV_KERNEL_DYNAMIC(name, 128, 2, sizeof(tensor::Ring<D>), DecodeParams, __VA_ARGS__)
BULK_KERNEL(paged_decode_bulk_bf16_d64, 64, tensor::decodeBulk<Bf16, 64, PagedRow>)
BULK_KERNEL(paged_decode_bulk_bf16_d128, 128, tensor::decodeBulk<Bf16, 128, PagedRow>)
BULK_KERNEL(paged_decode_bulk_fp16_d64, 64, tensor::decodeBulk<Fp16, 64, PagedRow>)
BULK_KERNEL(paged_decode_bulk_fp16_d128, 128, tensor::decodeBulk<Fp16, 128, PagedRow>)
BULK_KERNEL(contiguous_decode_bulk_bf16_d64, 64, tensor::decodeBulk<Bf16, 64, ContiguousRow>)
BULK_KERNEL(contiguous_decode_bulk_bf16_d128, 128, tensor::decodeBulk<Bf16, 128, ContiguousRow>)
BULK_KERNEL(contiguous_decode_bulk_fp16_d64, 64, tensor::decodeBulk<Fp16, 64, ContiguousRow>)
BULK_KERNEL(contiguous_decode_bulk_fp16_d128, 128, tensor::decodeBulk<Fp16, 128, ContiguousRow>)
