// Decode attention on CUDA cores, one query head per block, and the merge of split rows.
//
// paged_decode_ref_*: the plain version that decode_mma.cu is compared with. Like paged_attention_v2 of vLLM
//   (csrc/attention/attention_kernels.cuh) it reads the K and V of a group once per query head; unlike it, scores stay in
//   registers (online softmax, Milakov and Gimelshein 2018) and the pool is [page][kvHead][slot][D].
//   grid (items, query heads), block 128. A warp takes two tokens at a time and UNROLL such pairs at once: a half-warp
//   holds one token, its lane 16 / (128 / D) bytes of K and V.
// decode_reduce_*: merges the parts of rows that the work list cut. grid (query heads, rows), block D.
//
// Resources (ptxas 13.0, the largest of this file; budgets.csv has each): 78, 72, 72, 76 registers on sm_80, sm_86, sm_89, sm_90;
// no spills; 2144 bytes of shared memory.
#include "decode.cuh"

namespace reference {

constexpr int WARPS = 4;
constexpr int UNROLL = 4;  // pairs of tokens a warp has in flight

/** A lane's share of one token's K or V: D / 16 elements. */
template <class T, int D>
struct Share {
  static constexpr int ELEMENTS = D / 16;
  float v[ELEMENTS];

  __device__ __forceinline__ void load(const uint16_t* token, int part) {
    const uint16_t* p = token + part * ELEMENTS;
    unsigned pairs[4];
    if (ELEMENTS == 8) {
      const uint4 raw = load16(p);
      pairs[0] = raw.x, pairs[1] = raw.y, pairs[2] = raw.z, pairs[3] = raw.w;
    } else {
      const unsigned* raw = reinterpret_cast<const unsigned*>(p);
      pairs[0] = raw[0], pairs[1] = raw[1];
    }
#pragma unroll
    for (int i = 0; i < ELEMENTS / 2; i++) {
      const float2 two = unpack2<T>(pairs[i]);
      v[2 * i] = two.x;
      v[2 * i + 1] = two.y;
    }
  }

  __device__ __forceinline__ float dot(const Share& other) const {
    float sum = 0;
#pragma unroll
    for (int i = 0; i < ELEMENTS; i++) sum += v[i] * other.v[i];
    return sum;
  }
};

template <class T, int D, template <int> class Row>
__device__ __forceinline__ void decode(const DecodeParams& p) {
  using Part = Share<T, D>;
  const WorkItem item(p);
  if (item.row < 0) return;
  const int head = blockIdx.y, warp = threadIdx.x / 32, lane = threadIdx.x % 32, half = lane / 16, part = lane % 16;
  const Row<D> row(tableOf(p), item.row, head / p.group);

  Part query, out;
  query.load(p.query + ((size_t) item.row * gridDim.y + head) * D, part);
#pragma unroll
  for (float& x : out.v) x = 0;
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
    for (float& x : out.v) x *= rescale;
#pragma unroll
    for (int u = 0; u < UNROLL; u++) {
      const float weight = t + 2 * u + half < item.end ? exp2Fast(score[u] - maximum) : 0;
      sum += weight;
#pragma unroll
      for (int i = 0; i < Part::ELEMENTS; i++) out.v[i] += weight * values[u].v[i];
    }
  }

  using Tile = MergeTile<D, WARPS, 1>;
  KV_SHARED(Tile, tile);
  sum = sumLanes<16, 32>(sum);
#pragma unroll
  for (int i = 0; i < Part::ELEMENTS; i++) {
    const float both = sumLanes<16, 32>(out.v[i]);
    if (half == 0) tile.out[warp][0][part * Part::ELEMENTS + i] = both;
  }
  if (lane == 0) {
    tile.maximum[warp][0] = maximum;
    tile.sum[warp][0] = sum;
  }
  __syncthreads();
  storeMerged<T, D>(p, item, tile, head, 1);
}

}  // namespace reference

struct ReduceParams {
  uint16_t* out;              // [row][qHead][D]
  const float* partialOut;    // [partial][qHead][D]
  const float* partialStats;  // [partial][qHead][2]
  const int* parts;           // [row][2]: first partial, number of partials; 0 for rows that were not cut
};

template <class T, int D>
__device__ __forceinline__ void reduceParts(const ReduceParams& p) {
  const int qHeads = gridDim.x, head = blockIdx.x, row = blockIdx.y, d = threadIdx.x;
  const int first = p.parts[row * 2], end = first + p.parts[row * 2 + 1];
  if (first == end) return;
  float maximum = NO_SCORE, sum = 0, out = 0;
  for (int i = first; i < end; i++) maximum = fmaxf(maximum, p.partialStats[((size_t) i * qHeads + head) * 2]);
  for (int i = first; i < end; i++) {
    const size_t partial = (size_t) i * qHeads + head;
    const float weight = exp2Fast(p.partialStats[partial * 2] - maximum);
    sum += p.partialStats[partial * 2 + 1] * weight;
    out += p.partialOut[partial * D + d] * weight;
  }
  p.out[((size_t) row * qHeads + head) * D + d] = T::fromFloat(sum > 0 ? out / sum : 0);
}

KV_KERNEL(paged_decode_ref_bf16_d64, 128, DecodeParams, reference::decode<Bf16, 64, PagedRow>)
KV_KERNEL(paged_decode_ref_bf16_d128, 128, DecodeParams, reference::decode<Bf16, 128, PagedRow>)
KV_KERNEL(paged_decode_ref_fp16_d64, 128, DecodeParams, reference::decode<Fp16, 64, PagedRow>)
KV_KERNEL(paged_decode_ref_fp16_d128, 128, DecodeParams, reference::decode<Fp16, 128, PagedRow>)
KV_KERNEL(contiguous_decode_ref_bf16_d64, 128, DecodeParams, reference::decode<Bf16, 64, ContiguousRow>)
KV_KERNEL(contiguous_decode_ref_bf16_d128, 128, DecodeParams, reference::decode<Bf16, 128, ContiguousRow>)
KV_KERNEL(contiguous_decode_ref_fp16_d64, 128, DecodeParams, reference::decode<Fp16, 64, ContiguousRow>)
KV_KERNEL(contiguous_decode_ref_fp16_d128, 128, DecodeParams, reference::decode<Fp16, 128, ContiguousRow>)
KV_KERNEL(decode_reduce_bf16_d64, 64, ReduceParams, reduceParts<Bf16, 64>)
KV_KERNEL(decode_reduce_bf16_d128, 128, ReduceParams, reduceParts<Bf16, 128>)
KV_KERNEL(decode_reduce_fp16_d64, 64, ReduceParams, reduceParts<Fp16, 64>)
KV_KERNEL(decode_reduce_fp16_d128, 128, ReduceParams, reduceParts<Fp16, 128>)
