// Matrix product for few tokens: Y[M][N] = X[M][K] * W[N][K]^T for M up to 64, where reading W is all the work.
//
// skinny_gemm_{bf16,fp16}_m{8,16,32,64}: for M up to that number; grid (N / 16), block 128. N is a multiple of 16 and K
// of 128. The 4 warps of a block share 16 rows of W and take every fourth run of 128 k; W goes from memory straight to
// mma registers, 16 bytes per lane, by permuting k in the same way for X (see decode_mma.cu). W is the A operand, X^T
// the B operand with 8 tokens per instruction; X comes through L1 and L2. Accumulates in float, one rounding at the end.
//
// Source of the idea: split-K products in CUTLASS (sliced-K inside a block); the register-only path is this file's own.
// Resources (ptxas 13.0, most of this file): 140, 140, 140, 144 registers on sm_80, sm_86, sm_89, sm_90;
// no spills; 17408 bytes of shared memory.
#include "primitives.cuh"

namespace skinny {

constexpr int WARPS = 4;
constexpr int ROWS = 16;            // of W per block
constexpr int CHUNK = 32;           // k per 16-byte load of 4 lanes
constexpr int RUN = 4 * CHUNK;      // k per warp and turn

struct SkinnyGemmParams {
  uint16_t* y;        // [M][N]
  const uint16_t* x;  // [M][K]
  const uint16_t* w;  // [N][K]
  int m;
  int n;
  int k;
};

template <int TILES>
struct Partials {
  float y[WARPS][TILES * 8][ROWS + 1];  // [warp][token][row of W], padded against bank conflicts
};

template <class T, int TILES>
__device__ __forceinline__ void multiply(const SkinnyGemmParams& p) {
  const int warp = threadIdx.x / 32, g = threadIdx.x % 32 / 4, q = threadIdx.x % 4, row = blockIdx.x * ROWS;
  const uint16_t* w = p.w + (size_t) (row + g) * p.k + q * 8;
  const uint16_t* x = p.x + (size_t) g * p.k + q * 8;
  float y[TILES][4];  // rows g and g + 8 of W, tokens 8 tile + 2q and the next
#pragma unroll
  for (int i = 0; i < TILES * 4; i++) y[i / 4][i % 4] = 0;

  for (int k = warp * RUN; k < p.k; k += WARPS * RUN) {
    uint4 low[4], high[4];
#pragma unroll
    for (int c = 0; c < 4; c++) {
      low[c] = loadStreaming16(w + k + c * CHUNK);
      high[c] = loadStreaming16(w + (size_t) 8 * p.k + k + c * CHUNK);
    }
#pragma unroll
    for (int c = 0; c < 4; c++) {
      const unsigned a0[4] = {low[c].x, high[c].x, low[c].y, high[c].y};
      const unsigned a1[4] = {low[c].z, high[c].z, low[c].w, high[c].w};
#pragma unroll
      for (int tile = 0; tile < TILES; tile++) {
        uint4 v{0, 0, 0, 0};
        if (tile * 8 + g < p.m) v = load16(x + (size_t) tile * 8 * p.k + k + c * CHUNK);
        const unsigned b0[2] = {v.x, v.y}, b1[2] = {v.z, v.w};
        mma16816<T>(y[tile], a0, b0);
        mma16816<T>(y[tile], a1, b1);
      }
    }
  }

  KV_SHARED(Partials<TILES>, partials);
#pragma unroll
  for (int tile = 0; tile < TILES; tile++) {
#pragma unroll
    for (int i = 0; i < 4; i++) partials.y[warp][tile * 8 + 2 * q + i % 2][g + i / 2 * 8] = y[tile][i];
  }
  __syncthreads();
  for (int i = threadIdx.x; i < p.m * ROWS; i += WARPS * 32) {
    const int token = i / ROWS, r = i % ROWS;
    float sum = 0;
#pragma unroll
    for (int v = 0; v < WARPS; v++) sum += partials.y[v][token][r];
    p.y[(size_t) token * p.n + row + r] = T::fromFloat(sum);
  }
}

}  // namespace skinny

KV_KERNEL(skinny_gemm_bf16_m8, 128, skinny::SkinnyGemmParams, skinny::multiply<Bf16, 1>)
KV_KERNEL(skinny_gemm_bf16_m16, 128, skinny::SkinnyGemmParams, skinny::multiply<Bf16, 2>)
KV_KERNEL(skinny_gemm_bf16_m32, 128, skinny::SkinnyGemmParams, skinny::multiply<Bf16, 4>)
KV_KERNEL(skinny_gemm_bf16_m64, 128, skinny::SkinnyGemmParams, skinny::multiply<Bf16, 8>)
KV_KERNEL(skinny_gemm_fp16_m8, 128, skinny::SkinnyGemmParams, skinny::multiply<Fp16, 1>)
KV_KERNEL(skinny_gemm_fp16_m16, 128, skinny::SkinnyGemmParams, skinny::multiply<Fp16, 2>)
KV_KERNEL(skinny_gemm_fp16_m32, 128, skinny::SkinnyGemmParams, skinny::multiply<Fp16, 4>)
KV_KERNEL(skinny_gemm_fp16_m64, 128, skinny::SkinnyGemmParams, skinny::multiply<Fp16, 8>)
