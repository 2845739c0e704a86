// Decode attention on CUDA cores, one query head per block.
//
// {paged,contiguous}_decode_ref_{bf16,fp16}_d{64,128}: grid (query heads, items), block 128; the plain version that
// decode_mma.cu is compared with. A warp takes two tokens at a time and UNROLL such pairs at once: a half-warp holds one
// token, a lane D / 8 bytes of its K and V.
//
// Source of the idea: paged_attention_v2 of vLLM (csrc/attention/attention_kernels.cuh), which also reads the K and V of
// a group once per query head. Deviations: scores stay in registers (online softmax, Milakov and Gimelshein 2018) and
// the pool is [page][kvHead][slot][D].
// Resources (ptxas 13.0, most of this file): 72, 80, 80, 80 registers on sm_80, sm_86, sm_89, sm_90;
// no spills; 2145 bytes of shared memory.
#include "decode.cuh"

namespace reference {

constexpr int WARPS = 4;
constexpr int UNROLL = 4;  // pairs of tokens a warp has in flight

/** A lane's share of one token's Q, K or V, packed. */
template <class T, int D>
struct Share {
  static constexpr int PAIRS = D / 32;
  unsigned pairs[PAIRS];

  __device__ __forceinline__ void load(const uint16_t* token, int part) {
    const uint16_t* p = token + part * 2 * PAIRS;
    if (PAIRS == 4) {
      const uint4 v = load16(p);
      pairs[0] = v.x, pairs[1] = v.y, pairs[PAIRS - 2] = v.z, pairs[PAIRS - 1] = v.w;
    } else {
#pragma unroll
      for (int i = 0; i < PAIRS; i++) pairs[i] = reinterpret_cast<const unsigned*>(p)[i];
    }
  }

  __device__ __forceinline__ float dot(const Share& other) const {
    float sum = 0;
#pragma unroll
    for (int i = 0; i < PAIRS; i++) {
      const float2 x = unpack2<T>(pairs[i]), y = unpack2<T>(other.pairs[i]);
      sum += x.x * y.x + x.y * y.y;
    }
    return sum;
  }

  __device__ __forceinline__ void addTo(float (&out)[2 * PAIRS], float weight) const {
#pragma unroll
    for (int i = 0; i < PAIRS; i++) {
      const float2 x = unpack2<T>(pairs[i]);
      out[2 * i] += weight * x.x;
      out[2 * i + 1] += weight * x.y;
    }
  }
};

template <class T, int D, template <int> class Row>
__device__ __forceinline__ void decode(const DecodeParams& p) {
  using Part = Share<T, D>;
  constexpr int ELEMENTS = D / 16;  // of a head, per lane
  const WorkItem item(p);
  if (item.row < 0) return;
  const int head = blockIdx.x, warp = threadIdx.x / 32, lane = threadIdx.x % 32, half = lane / 16, part = lane % 16;
  const Row<D> row(tableOf(p), item.row, head / p.group);

  Part query;
  query.load(p.query + ((size_t) item.row * gridDim.x + head) * D, part);
  float out[ELEMENTS] = {};
  float maximum = NO_SCORE, sum = 0;  // the sum is this half-warp's alone

  for (int t = item.first + warp * 2 * UNROLL; t < item.end; t += WARPS * 2 * UNROLL) {
    Part values[UNROLL];
    float score[UNROLL];
    float newMaximum = maximum;
#pragma unroll
    for (int u = 0; u < UNROLL; u++) {
      const bool live = t + 2 * u + half < item.end;
      const int token = live ? t + 2 * u + half : item.first;  // a live one: its value times zero has to be zero
      const size_t at = row.at(row.page(token), token);
      Part key;
      key.load(p.keyPool + at, part);
      values[u].load(p.valuePool + at, part);
      const float dot = sumLanes<1, 16>(query.dot(key)) * p.scaleLog2;
      score[u] = live ? dot : NO_SCORE;
      newMaximum = fmaxf(newMaximum, score[u]);
    }
    newMaximum = maxLanes<16, 32>(newMaximum);
    const float rescale = exp2Fast(maximum - newMaximum);
    maximum = newMaximum;
    sum *= rescale;
#pragma unroll
    for (float& x : out) x *= rescale;
#pragma unroll
    for (int u = 0; u < UNROLL; u++) {
      const float weight = t + 2 * u + half < item.end ? exp2Fast(score[u] - maximum) : 0;
      sum += weight;
      values[u].addTo(out, weight);
    }
  }

  using Tile = MergeTile<D, WARPS, 1>;
  KV_SHARED(Tile, tile);
  sum = sumLanes<16, 32>(sum);
#pragma unroll
  for (int i = 0; i < ELEMENTS; i++) {
    const float both = sumLanes<16, 32>(out[i]);
    if (half == 0) tile.out[warp][0][part * ELEMENTS + i] = both;
  }
  if (lane == 0) {
    tile.maximum[warp][0] = maximum;
    tile.sum[warp][0] = sum;
  }
  __syncthreads();
  storeMerged<T, D>(p, item, tile, head, 1);
}

}  // namespace reference

KV_KERNEL_RESIDENT(paged_decode_ref_bf16_d64, 128, 6, DecodeParams, reference::decode<Bf16, 64, PagedRow>)
KV_KERNEL_RESIDENT(paged_decode_ref_bf16_d128, 128, 6, DecodeParams, reference::decode<Bf16, 128, PagedRow>)
KV_KERNEL_RESIDENT(paged_decode_ref_fp16_d64, 128, 6, DecodeParams, reference::decode<Fp16, 64, PagedRow>)
KV_KERNEL_RESIDENT(paged_decode_ref_fp16_d128, 128, 6, DecodeParams, reference::decode<Fp16, 128, PagedRow>)
KV_KERNEL_RESIDENT(contiguous_decode_ref_bf16_d64, 128, 6, DecodeParams, reference::decode<Bf16, 64, ContiguousRow>)
KV_KERNEL_RESIDENT(contiguous_decode_ref_bf16_d128, 128, 6, DecodeParams, reference::decode<Bf16, 128, ContiguousRow>)
KV_KERNEL_RESIDENT(contiguous_decode_ref_fp16_d64, 128, 6, DecodeParams, reference::decode<Fp16, 64, ContiguousRow>)
KV_KERNEL_RESIDENT(contiguous_decode_ref_fp16_d128, 128, 6, DecodeParams, reference::decode<Fp16, 128, ContiguousRow>)
