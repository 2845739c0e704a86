// Runs each primitive on fixed inputs, so that the CPU twin's reading of the PTX manual can be compared with a device:
// the output, src/test/cpp/conformance.csv, has to be the same bits on both.
//
// primitive_conformance: grid (1), block 32; out[test][lane][4] in the order of the enum below. Inputs of the matrix
// products are small integers, whose sums are exact in every order. ex2.approx and rsqrt are left out: they are
// approximate on a device.
// Resources (ptxas 13.0, most of this file): 61, 84, 76, 60 registers on sm_80, sm_86, sm_89, sm_90;
// no spills; 1024 bytes of shared memory.
#include "primitives.cuh"

struct ConformanceParams {
  unsigned* out;  // [CONFORMANCE_TESTS][32][4]
};

enum ConformanceTest {
  MMA_BF16,
  MMA_FP16,
  TRANSPOSE,
  LOAD_MATRIX,
  LOAD_MATRIX_TRANSPOSED,
  PERMUTE_BYTES,
  SHUFFLE,
  PACK_BF16,
  PACK_FP16,
  UNPACK,
  COPY_ASYNC,
  MULTIPLY_HIGH,
  CONFORMANCE_TESTS
};

/** A 16-bit pattern that differs for all rows and columns of a tile. */
__device__ __forceinline__ unsigned pattern(int row, int column) { return row * 256 + column; }

__device__ __forceinline__ float smallInteger(int i) { return (float) (i * 37 % 23 - 11); }

/** Floats that try the rounding: ties to even both ways, just off a tie, subnormal and overflowing binary16, signs. */
__device__ __forceinline__ float roundingCase(int i) {
  const unsigned cases[8] = {
      0x3f808000, 0x3f818000, 0x3f808001, 0x3f801000, 0x3f803000, 0x33000001, 0x477fefff, 0x38000400};
  return __uint_as_float(cases[i % 8] + (unsigned) (i / 8) * 0x00012345u) * (i % 2 ? -1.0f : 1.0f);
}

template <class T>
__device__ __forceinline__ void conformMma(unsigned (&result)[4], int lane) {
  unsigned a[4], b[2];
#pragma unroll
  for (int i = 0; i < 4; i++) a[i] = pack2<T>(smallInteger(lane * 8 + i * 2), smallInteger(lane * 8 + i * 2 + 1));
#pragma unroll
  for (int i = 0; i < 2; i++) b[i] = pack2<T>(smallInteger(lane * 5 + i * 7 + 3), smallInteger(lane * 11 + i + 5));
  float c[4] = {smallInteger(lane), smallInteger(lane + 1), smallInteger(lane + 2), smallInteger(lane + 3)};
  mma16816<T>(c, a, b);
#pragma unroll
  for (int i = 0; i < 4; i++) result[i] = __float_as_uint(c[i]);
}

struct alignas(16) ConformanceTile {
  uint16_t rows[32][8];  // row 8m + r is row r of matrix m
  uint4 copied[32];
};

__device__ __forceinline__ void conform(const ConformanceParams& p) {
  const int lane = threadIdx.x;
  unsigned result[CONFORMANCE_TESTS][4] = {};
  KV_SHARED(ConformanceTile, tile);
  for (int i = 0; i < 8; i++) tile.rows[lane][i] = (uint16_t) pattern(lane, i);
  __syncthreads();

  conformMma<Bf16>(result[MMA_BF16], lane);
  conformMma<Fp16>(result[MMA_FP16], lane);
  result[TRANSPOSE][0] = transpose8x8(pattern(lane, 1) | pattern(lane, 2) << 16);
  loadMatrix4<false>(result[LOAD_MATRIX], tile.rows[lane]);
  loadMatrix4<true>(result[LOAD_MATRIX_TRANSPOSED], tile.rows[lane]);

  const unsigned low = 0x03020100u + lane * 0x01010101u, high = low + 0x40404040u;
  result[PERMUTE_BYTES][0] = permuteBytes(low, high, 0x5410);
  result[PERMUTE_BYTES][1] = permuteBytes(low, high, 0x7632);
  result[PERMUTE_BYTES][2] = permuteBytes(low, high, 0x0246);
  result[PERMUTE_BYTES][3] = permuteBytes(low, high, 0x7531);
  result[SHUFFLE][0] = __shfl_xor_sync(WARP, low, 5);
  result[SHUFFLE][1] = __shfl_sync(WARP, low, (lane * 3) % 32);
  result[SHUFFLE][2] = __shfl_xor_sync(WARP, low, 16);
  result[SHUFFLE][3] = __shfl_sync(WARP, low, 7);

  for (int i = 0; i < 4; i++) {
    const float x = roundingCase(lane * 8 + i * 2), y = roundingCase(lane * 8 + i * 2 + 1);
    result[PACK_BF16][i] = pack2<Bf16>(x, y);
    result[PACK_FP16][i] = pack2<Fp16>(x, y);
  }
  const float2 bf16 = unpack2<Bf16>(0x3f80c000u + lane * 0x00050003u);
  const float2 fp16 = unpack2<Fp16>(0x00018001u + lane * 0x02000400u);
  result[UNPACK][0] = __float_as_uint(bf16.x);
  result[UNPACK][1] = __float_as_uint(bf16.y);
  result[UNPACK][2] = __float_as_uint(fp16.x);
  result[UNPACK][3] = __float_as_uint(fp16.y);

  store16(p.out + (COPY_ASYNC * 32 + lane) * 4, uint4{low, high, low, high});  // something in memory to copy
  __syncthreads();
  copyAsync16(&tile.copied[lane], p.out + (COPY_ASYNC * 32 + (lane ^ 1)) * 4, lane % 4 != 3);
  commitCopies();
  awaitCopies<0>();
  __syncthreads();
  const uint4 copied = load16(&tile.copied[lane ^ 2]);
  result[COPY_ASYNC][0] = copied.x, result[COPY_ASYNC][1] = copied.y;
  result[COPY_ASYNC][2] = copied.z, result[COPY_ASYNC][3] = copied.w;

  for (int i = 0; i < 4; i++) {
    result[MULTIPLY_HIGH][i] = __umulhi(lane * 0x01234567u + i, 0xffffffffu / (16 * (i + 1)) + 1);
  }

  for (int test = 0; test < CONFORMANCE_TESTS; test++) {
    store16(p.out + (test * 32 + lane) * 4, uint4{result[test][0], result[test][1], result[test][2], result[test][3]});
  }
}

KV_KERNEL(primitive_conformance, 32, ConformanceParams, conform)
