// What memory can do at best, as the yardstick for the other kernels: reading alone, and copying.
//
//   read_sum     grid (blocks, any number), block 256; block b writes the sum of the 32-bit words it read to sums[b]
//   stream_copy  grid (blocks, any number), block 256
//
// Blocks walk the buffer in strides of the whole grid, up to LOADS vectors of 16 bytes in flight per thread. Time them
// on buffers well above the L2 cache and on random data. After STREAM (McCalpin 1995); sums instead of its arithmetic.
// Resources (ptxas 13.0, most of this file): 32, 40, 40, 31 registers on sm_80, sm_86, sm_89, sm_90;
// no spills; 32 bytes of shared memory.
#include "primitives.cuh"

constexpr int THREADS = 256;
constexpr int LOADS = 8;

/** Calls read(first vector) for every full tile of THREADS * LOADS vectors, and rest(vector) for those of the last. */
template <class Read, class Rest>
__device__ __forceinline__ void forAllVectors(int vectors, Read read, Rest rest) {
  constexpr int TILE = THREADS * LOADS;
  const int tiles = vectors / TILE;
  for (int tile = blockIdx.x; tile < tiles; tile += gridDim.x) read((size_t) tile * TILE + threadIdx.x);
  if (blockIdx.x != tiles % gridDim.x) return;
  for (size_t i = (size_t) tiles * TILE + threadIdx.x; i < (size_t) vectors; i += THREADS) rest(i);
}

/** LOADS vectors of this thread, asked for before the first is used. */
struct Tile {
  uint4 v[LOADS];
  __device__ __forceinline__ explicit Tile(const uint4* first) {
#pragma unroll
    for (int i = 0; i < LOADS; i++) v[i] = loadStreaming16(first + i * THREADS);
  }
};

struct ReadSumParams {
  unsigned* sums;   // [block]
  const uint4* in;  // [vectors]
  int vectors;      // of 16 bytes
};

__device__ __forceinline__ unsigned sumOf(uint4 v) { return v.x + v.y + v.z + v.w; }

__device__ __forceinline__ void readSum(const ReadSumParams& p) {
  unsigned sum = 0;
  forAllVectors(
      p.vectors,
      [&](size_t first) {
        const Tile tile(p.in + first);
#pragma unroll
        for (int i = 0; i < LOADS; i++) sum += sumOf(tile.v[i]);
      },
      [&](size_t i) { sum += sumOf(loadStreaming16(p.in + i)); });
#pragma unroll
  for (int flip = 1; flip < 32; flip <<= 1) sum += __shfl_xor_sync(WARP, sum, flip);
  using Sums = unsigned[THREADS / 32];
  KV_SHARED(Sums, warpSums);
  if (threadIdx.x % 32 == 0) warpSums[threadIdx.x / 32] = sum;
  __syncthreads();
  if (threadIdx.x != 0) return;
  for (int w = 1; w < THREADS / 32; w++) sum += warpSums[w];
  p.sums[blockIdx.x] = sum;
}

struct StreamCopyParams {
  uint4* out;       // [vectors]
  const uint4* in;  // [vectors]
  int vectors;
};

__device__ __forceinline__ void streamCopy(const StreamCopyParams& p) {
  forAllVectors(
      p.vectors,
      [&](size_t first) {
        const Tile tile(p.in + first);
#pragma unroll
        for (int i = 0; i < LOADS; i++) store16(p.out + first + i * THREADS, tile.v[i]);
      },
      [&](size_t i) { store16(p.out + i, loadStreaming16(p.in + i)); });
}

KV_KERNEL(read_sum, 256, ReadSumParams, readSum)
KV_KERNEL(stream_copy, 256, StreamCopyParams, streamCopy)
