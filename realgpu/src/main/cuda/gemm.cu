// Matrix product for many tokens: Y[M][N] = X[M][K] * W[N][K]^T.
//
// gemm_{bf16,fp16}: grid (ceil(M / 128), ceil(N / 128)), block 256. K is a multiple of 32, N of 8, M is free; blocks
// that run together share rows of W. A block computes 128 x 128 elements of Y, a warp 64 tokens x 32 rows of W.
// X and W pass through STAGES tiles of 32 k in shared memory, filled by cp.async STAGES - 1 tiles ahead and read with
// ldmatrix. Accumulates in float, one rounding at the end.
//
// A tile row is 64 bytes, 4 chunks of 16; chunk c of row r lies at chunk c ^ (r / 2 % 4), so that the 8 rows that one
// ldmatrix reads lie in different banks.
//
// Source of the idea: CUTLASS multistage kernels for sm_80 (include/cutlass/gemm/threadblock/mma_multistage.h).
// Deviation: results leave as 4-byte stores from the accumulators, no epilogue through shared memory; no split along K.
// Resources (ptxas 13.0, most of this file): 123, 123, 123, 123 registers on sm_80, sm_86, sm_89, sm_90;
// no spills; 49152 bytes of shared memory.
#include "primitives.cuh"

namespace tiled {

constexpr int TILE_M = 128, TILE_N = 128, TILE_K = 32, STAGES = 3, THREADS = 256;
constexpr int CHUNKS = TILE_K / 8;            // of 16 bytes in a tile row
constexpr int WARP_M = 64, WARP_N = 32;

struct GemmParams {
  uint16_t* y;        // [M][N]
  const uint16_t* x;  // [M][K]
  const uint16_t* w;  // [N][K]
  int m;
  int n;
  int k;
};

/** 128 rows of TILE_K elements, chunks permuted. */
struct alignas(128) GemmTile {
  uint16_t elements[TILE_M * TILE_K];

  __device__ __forceinline__ uint16_t* chunk(int row, int c) {
    return elements + row * TILE_K + (c ^ (row / 2 % CHUNKS)) * 8;
  }

  /** Asks for rows firstRow.. of a matrix with `rows` rows, columns k..; rows past the end become zeros. */
  __device__ __forceinline__ void fill(const uint16_t* matrix, int firstRow, int rows, int k, int columns) {
#pragma unroll
    for (int i = threadIdx.x; i < TILE_M * CHUNKS; i += THREADS) {
      const int row = i / CHUNKS, c = i % CHUNKS;
      const bool live = firstRow + row < rows;
      copyAsync16(chunk(row, c), live ? matrix + (size_t) (firstRow + row) * columns + k + c * 8 : matrix, live);
    }
  }
};

struct GemmStages {
  GemmTile x[STAGES], w[STAGES];
};

/** y[16-token tile][8-row tile of W] of this warp += x * w^T over one tile of k. */
template <class T>
__device__ __forceinline__ void multiplyTile(float (&y)[4][4][4], GemmTile& x, GemmTile& w, int firstM, int firstN) {
  const int lane = threadIdx.x % 32, matrix = lane / 8, r = lane % 8;
#pragma unroll
  for (int step = 0; step < TILE_K / 16; step++) {
    unsigned a[4][4], b[4][2];
#pragma unroll
    for (int i = 0; i < 4; i++) {  // matrices: tokens 0-7, tokens 8-15, the same for the next 8 k
      loadMatrix4<false>(a[i], x.chunk(firstM + i * 16 + matrix % 2 * 8 + r, step * 2 + matrix / 2));
    }
#pragma unroll
    for (int j = 0; j < 4; j += 2) {  // matrices: 8 rows of W, their next 8 k, the same for the next 8 rows
      unsigned f[4];
      loadMatrix4<false>(f, w.chunk(firstN + (j + matrix / 2) * 8 + r, step * 2 + matrix % 2));
      b[j][0] = f[0], b[j][1] = f[1], b[j + 1][0] = f[2], b[j + 1][1] = f[3];
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
#pragma unroll
      for (int j = 0; j < 4; j++) mma16816<T>(y[i][j], a[i], b[j]);
    }
  }
}

template <class T>
__device__ __forceinline__ void storePair(const GemmParams& p, int token, int column, float first, float second) {
  if (token >= p.m || column >= p.n) return;
  *reinterpret_cast<unsigned*>(p.y + (size_t) token * p.n + column) = pack2<T>(first, second);
}

template <class T>
__device__ __forceinline__ void multiply(const GemmParams& p) {
  const int blockM = blockIdx.x * TILE_M, blockN = blockIdx.y * TILE_N, tiles = p.k / TILE_K;
  const int warp = threadIdx.x / 32, firstM = warp / 4 * WARP_M, firstN = warp % 4 * WARP_N;
  KV_SHARED(GemmStages, stages);
  float y[4][4][4];
#pragma unroll
  for (int i = 0; i < 64; i++) y[i / 16][i / 4 % 4][i % 4] = 0;

  auto fill = [&](int tile) {
    if (tile < tiles) {
      stages.x[tile % STAGES].fill(p.x, blockM, p.m, tile * TILE_K, p.k);
      stages.w[tile % STAGES].fill(p.w, blockN, p.n, tile * TILE_K, p.k);
    }
    commitCopies();  // an empty group keeps the count
  };
  for (int tile = 0; tile < STAGES - 1; tile++) fill(tile);
  for (int tile = 0; tile < tiles; tile++) {
    awaitCopies<STAGES - 2>();
    __syncthreads();  // this tile is there for all, and all are done with the one before it, whose place is next
    fill(tile + STAGES - 1);
    multiplyTile<T>(y, stages.x[tile % STAGES], stages.w[tile % STAGES], firstM, firstN);
  }

  const int g = threadIdx.x % 32 / 4, q = threadIdx.x % 4;
#pragma unroll
  for (int i = 0; i < 4; i++) {
#pragma unroll
    for (int j = 0; j < 4; j++) {
      const int token = blockM + firstM + i * 16 + g, column = blockN + firstN + j * 8 + 2 * q;
      storePair<T>(p, token, column, y[i][j][0], y[i][j][1]);
      storePair<T>(p, token + 8, column, y[i][j][2], y[i][j][3]);
    }
  }
}

}  // namespace tiled

KV_KERNEL(gemm_bf16, 256, tiled::GemmParams, tiled::multiply<Bf16>)
KV_KERNEL(gemm_fp16, 256, tiled::GemmParams, tiled::multiply<Fp16>)
