// Merges the parts of rows that a decode work list cut (decode.cuh).
//
// decode_reduce_{bf16,fp16}_d{64,128}: grid (query heads, rows), block D. Rows that were not cut are left alone. After
// the reduction of Flash-Decoding (Dao et al. 2023).
// Resources (ptxas 13.0, most of this file): 32, 34, 34, 32 registers on sm_80, sm_86, sm_89, sm_90;
// no spills; 0 bytes of shared memory.
#include "kv_layout.cuh"

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

KV_KERNEL(decode_reduce_bf16_d64, 64, ReduceParams, reduceParts<Bf16, 64>)
KV_KERNEL(decode_reduce_bf16_d128, 128, ReduceParams, reduceParts<Bf16, 128>)
KV_KERNEL(decode_reduce_fp16_d64, 64, ReduceParams, reduceParts<Fp16, 64>)
KV_KERNEL(decode_reduce_fp16_d128, 128, ReduceParams, reduceParts<Fp16, 128>)
