// What the decode attention kernels share: parameters, work list and partial results.
//
// The work list cuts every row's context into parts, each a range of tokens that one block per KV head attends to;
// long rows are cut into several so that a skewed batch keeps all processors busy (after the plan of FlashInfer,
// Ye et al., MLSys 2025, section 3.3.1). The host writes it, longest part first, which is the order in which blocks
// start; the heads of a part are neighbours, in memory too. A row with one part is finished by its
// block; the parts of the others go to the partial buffers, and of the blocks of such a row and head the one that is
// done last merges them (after the threadFenceReduction sample of CUDA; a kernel of its own would cost a launch). A row
// with an empty context has one part with no tokens, and gets zeros. Items past the last one have row -1.
#pragma once
#include "kv_layout.cuh"

struct DecodeParams {
  uint16_t* out;              // [row][qHead][D]
  float* partialOut;          // [partial][qHead][D], not divided by the sum
  float* partialStats;        // [partial][qHead][2]: maximum of the scores, base 2, and sum of 2^(score - maximum)
  unsigned* done;             // [row][gridDim.x]: blocks that are done with a part; zero before and after a launch
  const uint16_t* query;      // [row][qHead][D]
  const uint16_t* keyPool;    // of one layer, see kv_layout.cuh
  const uint16_t* valuePool;  // likewise
  const int* table;           // [row][tableStride]
  const int* work;            // [item][4]: row, first token, end token, partial or -1; first is a multiple of 16
  const int* parts;           // [row][2]: first partial, number of partials; 0 for rows that are not cut
  int tableStride;
  int kvHeads;
  int group;                  // query heads per KV head; qHead = kvHead * group + member
  int pageTokens;
  float scaleLog2;            // log2(e) / sqrt(D)
};

struct WorkItem {
  int row, first, end, partial;

  __device__ __forceinline__ explicit WorkItem(const DecodeParams& p) {
    const int* item = p.work + (size_t) blockIdx.y * 4;
    row = item[0];
    first = item[1];
    end = item[2];
    partial = item[3];
  }
};

__device__ __forceinline__ KvTable tableOf(const DecodeParams& p) {
  return {p.table, p.tableStride, p.kvHeads, p.pageTokens};
}

/** One warp's softmax-weighted sum of values of one head, before warps and parts are merged. */
template <int D, int WARPS, int HEADS>
struct MergeTile {
  float out[WARPS][HEADS][D + 4];  // padded: lanes of one store hit different banks
  float maximum[WARPS][HEADS];
  float sum[WARPS][HEADS];
};

/** If all other blocks of this row and head are done: merges the partials of `heads` heads, a warp one head at a time. */
template <class T, int D, int WARPS>
__device__ __forceinline__ void mergeParts(const DecodeParams& p, int row, int firstHead, int heads) {
  const int first = p.parts[row * 2], parts = p.parts[row * 2 + 1], qHeads = p.kvHeads * p.group;
  KV_SHARED(bool, isLast);
  __threadfence();  // what this block stored is there for whoever sees it counted
  __syncthreads();
  if (threadIdx.x == 0) {
    unsigned* done = p.done + (size_t) row * gridDim.x + blockIdx.x;
    isLast = atomicAdd(done, 1u) == (unsigned) parts - 1;
    if (isLast) *done = 0;
  }
  __syncthreads();
  if (!isLast) return;
  __threadfence();

  constexpr int LANES = 32, EACH = D / LANES;
  struct alignas(4 * EACH) Elements {
    float d[EACH];
  };
  const int lane = threadIdx.x % LANES;
#pragma unroll 1
  for (int head = firstHead + threadIdx.x / LANES; head < firstHead + heads; head += WARPS) {
    const float* stats = p.partialStats + ((size_t) first * qHeads + head) * 2;
    float maximum = NO_SCORE, sum = 0, out[EACH] = {};
#pragma unroll 1
    for (int i = lane; i < parts; i += LANES) maximum = fmaxf(maximum, __ldcg(stats + (size_t) i * qHeads * 2));
    maximum = maxLanes<1, LANES>(maximum);
#pragma unroll 1
    for (int base = 0; base < parts; base += LANES) {
      const float* mine = stats + (size_t) (base + lane) * qHeads * 2;
      const bool live = base + lane < parts;
      const float weight = live ? exp2Fast(__ldcg(mine) - maximum) : 0;
      if (live) sum += __ldcg(mine + 1) * weight;
      const int count = min(LANES, parts - base);
#pragma unroll 8
      for (int i = 0; i < count; i++) {
        const float* from = p.partialOut + ((size_t) (first + base + i) * qHeads + head) * D + lane * EACH;
        const Elements its = loadShared<Elements>(from);
        const float itsWeight = __shfl_sync(WARP, weight, i);
#pragma unroll
        for (int d = 0; d < EACH; d++) out[d] += itsWeight * its.d[d];
      }
    }
    sum = sumLanes<1, LANES>(sum);
    const float scale = sum > 0 ? 1 / sum : 0;
    unsigned* to = reinterpret_cast<unsigned*>(p.out + ((size_t) row * qHeads + head) * D + lane * EACH);
#pragma unroll
    for (int d = 0; d < EACH; d += 2) to[d / 2] = pack2<T>(out[d] * scale, out[d + 1] * scale);
  }
}

/** Merges the warps' results of `heads` heads from firstHead on and stores them as the row's output or a partial. */
template <class T, int D, int WARPS, int HEADS>
__device__ __forceinline__ void storeMerged(
    const DecodeParams& p, const WorkItem& item, const MergeTile<D, WARPS, HEADS>& tile, int firstHead, int heads) {
  const int qHeads = p.kvHeads * p.group;
  for (int i = threadIdx.x; i < heads * D; i += WARPS * 32) {
    const int head = i / D, d = i % D;
    float maximum = NO_SCORE, sum = 0, out = 0;
#pragma unroll
    for (int w = 0; w < WARPS; w++) maximum = fmaxf(maximum, tile.maximum[w][head]);
#pragma unroll
    for (int w = 0; w < WARPS; w++) {
      const float weight = exp2Fast(tile.maximum[w][head] - maximum);
      sum += tile.sum[w][head] * weight;
      out += tile.out[w][head][d] * weight;
    }
    if (item.partial < 0) {
      p.out[((size_t) item.row * qHeads + firstHead + head) * D + d] = T::fromFloat(sum > 0 ? out / sum : 0);
      continue;
    }
    const size_t partial = (size_t) item.partial * qHeads + firstHead + head;
    p.partialOut[partial * D + d] = out;
    if (d == 0) {
      p.partialStats[partial * 2] = maximum;
      p.partialStats[partial * 2 + 1] = sum;
    }
  }
  if (item.partial >= 0) mergeParts<T, D, WARPS>(p, item.row, firstHead, heads);
}
