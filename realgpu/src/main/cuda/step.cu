// The small kernels of a decode step: embedding lookup, RMSNorm with the residual, SiLU gate, choice of the next token.
// All rows are 16-bit floats, sizes multiples of 8, computed in float; 16 bytes per thread and turn, blocks of 256.
//
//   embed       grid (tokens): out[token] = weights[ids[token]]
//   rms_norm_*  grid (tokens): residual += input, rounded; out = residual / sqrt(mean(residual^2) + epsilon) * weight.
//               input may be null. After fused_add_rms_norm of vLLM (csrc/layernorm_kernels.cu), with separate output.
//   silu_mul_*  grid (ceil(inner / 2048), tokens): out = gate * sigmoid(gate) * up, with gate and up side by side
//   argmax_*    grid (rows): the id of the largest logit, of equal ones the smallest id; NaN is never chosen
//
// Resources (ptxas 13.0, most of this file): 32, 36, 36, 32 registers on sm_80, sm_86, sm_89, sm_90;
// no spills; 64 bytes of shared memory.
#include "primitives.cuh"

constexpr int THREADS = 256;
constexpr int VECTOR = 8;

/** Eight elements as floats. */
template <class T>
struct Floats8 {
  float v[VECTOR];

  __device__ __forceinline__ explicit Floats8(uint4 bits) {
    const unsigned pairs[4] = {bits.x, bits.y, bits.z, bits.w};
#pragma unroll
    for (int i = 0; i < 4; i++) {
      const float2 two = unpack2<T>(pairs[i]);
      v[2 * i] = two.x;
      v[2 * i + 1] = two.y;
    }
  }

  __device__ __forceinline__ uint4 bits() const {
    return {pack2<T>(v[0], v[1]), pack2<T>(v[2], v[3]), pack2<T>(v[4], v[5]), pack2<T>(v[6], v[7])};
  }
};

struct EmbedParams {
  uint16_t* out;            // [token][hidden]
  const uint16_t* weights;  // [vocabulary][hidden]
  const int* ids;           // [token]
  int hidden;
};

__device__ __forceinline__ void embedToken(const EmbedParams& p) {
  uint16_t* to = p.out + (size_t) blockIdx.x * p.hidden;
  const uint16_t* from = p.weights + (size_t) p.ids[blockIdx.x] * p.hidden;
  for (int i = threadIdx.x * VECTOR; i < p.hidden; i += THREADS * VECTOR) store16(to + i, load16(from + i));
}

struct RmsNormParams {
  uint16_t* out;           // [token][hidden]
  uint16_t* residual;      // [token][hidden], read and written
  const uint16_t* input;   // [token][hidden] or null
  const uint16_t* weight;  // [hidden]
  int hidden;
  float epsilon;
};

template <class T>
__device__ __forceinline__ void rmsNorm(const RmsNormParams& p) {
  uint16_t* residual = p.residual + (size_t) blockIdx.x * p.hidden;
  float squares = 0;
  for (int i = threadIdx.x * VECTOR; i < p.hidden; i += THREADS * VECTOR) {
    Floats8<T> x(load16(residual + i));
    if (p.input) {
      const Floats8<T> added(load16(p.input + (size_t) blockIdx.x * p.hidden + i));
#pragma unroll
      for (int k = 0; k < VECTOR; k++) x.v[k] += added.v[k];
      const uint4 rounded = x.bits();
      store16(residual + i, rounded);
      x = Floats8<T>(rounded);
    }
#pragma unroll
    for (int k = 0; k < VECTOR; k++) squares += x.v[k] * x.v[k];
  }
  using Sums = float[THREADS / 32];
  KV_SHARED(Sums, warpSums);
  squares = sumLanes<1, 32>(squares);
  if (threadIdx.x % 32 == 0) warpSums[threadIdx.x / 32] = squares;
  __syncthreads();
  float total = 0;
#pragma unroll
  for (int w = 0; w < THREADS / 32; w++) total += warpSums[w];
  const float scale = rsqrtf(total / p.hidden + p.epsilon);
  for (int i = threadIdx.x * VECTOR; i < p.hidden; i += THREADS * VECTOR) {  // each thread reads what it wrote itself
    Floats8<T> x(load16(residual + i));
    const Floats8<T> weight(load16(p.weight + i));
#pragma unroll
    for (int k = 0; k < VECTOR; k++) x.v[k] *= scale * weight.v[k];
    store16(p.out + (size_t) blockIdx.x * p.hidden + i, x.bits());
  }
}

struct SiluMulParams {
  uint16_t* out;           // [token][inner]
  const uint16_t* gateUp;  // [token][2][inner]: gate, then up
  int inner;
};

template <class T>
__device__ __forceinline__ void siluMul(const SiluMulParams& p) {
  const int i = (blockIdx.x * THREADS + threadIdx.x) * VECTOR;
  if (i >= p.inner) return;
  const uint16_t* gates = p.gateUp + (size_t) blockIdx.y * 2 * p.inner;
  Floats8<T> x(load16(gates + i));
  const Floats8<T> up(load16(gates + p.inner + i));
#pragma unroll
  for (int k = 0; k < VECTOR; k++) x.v[k] = x.v[k] / (1 + exp2Fast(-x.v[k] * LOG2_E)) * up.v[k];
  store16(p.out + (size_t) blockIdx.y * p.inner + i, x.bits());
}

struct ArgmaxParams {
  int* ids;                // [row]
  const uint16_t* logits;  // [row][vocabulary]
  int vocabulary;
};

struct Best {
  float value;
  int id;

  __device__ __forceinline__ void offer(float otherValue, int otherId) {
    if (otherValue > value || (otherValue == value && otherId < id)) {
      value = otherValue;
      id = otherId;
    }
  }
};

template <class T>
__device__ __forceinline__ void argmax(const ArgmaxParams& p) {
  const uint16_t* logits = p.logits + (size_t) blockIdx.x * p.vocabulary;
  Best best{-INFINITY, p.vocabulary};
  for (int i = threadIdx.x * VECTOR; i < p.vocabulary; i += THREADS * VECTOR) {
    const Floats8<T> x(load16(logits + i));
#pragma unroll
    for (int k = 0; k < VECTOR; k++) best.offer(x.v[k], i + k);
  }
#pragma unroll
  for (int flip = 1; flip < 32; flip <<= 1) {
    const float value = __shfl_xor_sync(WARP, best.value, flip);
    const int id = __shfl_xor_sync(WARP, best.id, flip);
    best.offer(value, id);
  }
  using Bests = Best[THREADS / 32];
  KV_SHARED(Bests, warpBest);
  if (threadIdx.x % 32 == 0) warpBest[threadIdx.x / 32] = best;
  __syncthreads();
  if (threadIdx.x != 0) return;
  for (int w = 1; w < THREADS / 32; w++) best.offer(warpBest[w].value, warpBest[w].id);
  p.ids[blockIdx.x] = best.id < p.vocabulary ? best.id : 0;  // all NaN: some valid id
}

KV_KERNEL(embed, 256, EmbedParams, embedToken)
KV_KERNEL(rms_norm_bf16, 256, RmsNormParams, rmsNorm<Bf16>)
KV_KERNEL(rms_norm_fp16, 256, RmsNormParams, rmsNorm<Fp16>)
KV_KERNEL(silu_mul_bf16, 256, SiluMulParams, siluMul<Bf16>)
KV_KERNEL(silu_mul_fp16, 256, SiluMulParams, siluMul<Fp16>)
KV_KERNEL(argmax_bf16, 256, ArgmaxParams, argmax<Bf16>)
KV_KERNEL(argmax_fp16, 256, ArgmaxParams, argmax<Fp16>)
