// One warp's part of decode attention on tensor cores: a tile of 16 tokens of K and V against the query heads that share
// a KV head (1 to 8 of them), so K and V are read once per group. Where tiles come from is up to the kernels:
// decode_mma.cu reads them from memory to registers, decode_bulk.cu through shared memory.
//
// One tile, transposed so that the heads of a group lie on the 8 columns of the instruction (unused ones are zero):
//
//   S^T [16 tokens][8 heads]  = K [16 tokens][D]   * Q^T [D][8 heads]        D / 16 mma16816
//   O^T [D][8 heads]         += V^T [D][16 tokens] * P^T [16 tokens][8 heads]  D / 16 mma16816
//
//   K: the order of the D products of a dot product is free, so lane (g, q) reads 16 bytes of rows g and g + 8 at
//      d = 32 chunk + 8 q and uses them as k = 2q, 2q+1, 2q+8, 2q+9 of two instructions; Q is read the same way.
//   V: lane (g, q) reads 16 bytes of rows 2q, 2q+1, 2q+8, 2q+9 at d = 64 chunk + 8 g; pairing the halves of two
//      tokens' words with permuteBytes gives V^T for the rows d = 64 chunk + 8 g + 2 j (row g) and + 2 j + 1 (row g + 8).
//   P^T: the accumulator of S^T, packed to 16 bits and transposed in the register file (movmatrix).
//   Maximum and sum of a head live in the lanes that hold the head's columns of O^T, so that rescaling moves nothing.
//
// Sources: FlashInfer (Ye et al., MLSys 2025) and the TensorRT-LLM XQA kernels for tensor cores with grouped heads,
// Flash-Decoding (Dao et al. 2023) for parts; the fragments' order is this file's own. Deviation from the published
// kernels: one tile shape for all group sizes.
#pragma once
#include "decode.cuh"

namespace tensor {

constexpr int WARPS = 4;
constexpr int TILE_TOKENS = 16;
constexpr int HEADS = 8;  // columns of one instruction

/** Where this lane sits in a fragment: lane = 4 g + q. */
struct Lane {
  int g, q;
  __device__ __forceinline__ Lane() : g(threadIdx.x % 32 / 4), q(threadIdx.x % 4) {}
};

/** Where 16 bytes of a tile are read from. */
struct FromMemory {
  static __device__ __forceinline__ uint4 read(const void* p) { return loadStreaming16(p); }
};
struct FromShared {
  static __device__ __forceinline__ uint4 read(const void* p) { return load16(p); }
};

/** Q^T of one group as B operands; heads past the group are zero. */
template <int D>
struct QueryTile {
  unsigned b[D / 32][4];

  __device__ __forceinline__ void load(const uint16_t* firstHead, int group, Lane lane) {
#pragma unroll
    for (int chunk = 0; chunk < D / 32; chunk++) {
      uint4 v{0, 0, 0, 0};
      if (lane.g < group) v = loadStreaming16(firstHead + lane.g * D + chunk * 32 + lane.q * 8);
      b[chunk][0] = v.x, b[chunk][1] = v.y, b[chunk][2] = v.z, b[chunk][3] = v.w;
    }
  }
};

/** 16 rows of K as A operands. Rows past the context are read too (their page is there) and masked as scores. */
template <int D>
struct KeyTile {
  uint4 rows[2][D / 32];  // tokens g and g + 8

  template <class From>
  __device__ __forceinline__ void load(const uint16_t* tile, Lane lane) {
#pragma unroll
    for (int r = 0; r < 2; r++) {
#pragma unroll
      for (int chunk = 0; chunk < D / 32; chunk++) {
        rows[r][chunk] = From::read(tile + (lane.g + 8 * r) * D + chunk * 32 + lane.q * 8);
      }
    }
  }

  /** S^T: s[0], s[1] are token g and heads 2q, 2q+1; s[2], s[3] the same of token g + 8. */
  template <class T>
  __device__ __forceinline__ void multiply(float (&s)[4], const QueryTile<D>& query) const {
#pragma unroll
    for (int chunk = 0; chunk < D / 32; chunk++) {
      const uint4 low = rows[0][chunk], high = rows[1][chunk];
      const unsigned a0[4] = {low.x, high.x, low.y, high.y}, a1[4] = {low.z, high.z, low.w, high.w};
      const unsigned b0[2] = {query.b[chunk][0], query.b[chunk][1]}, b1[2] = {query.b[chunk][2], query.b[chunk][3]};
      mma16816<T>(s, a0, b0);
      mma16816<T>(s, a1, b1);
    }
  }
};

/** 16 rows of V; rows past the context are read too. */
template <int D>
struct ValueTile {
  uint4 rows[4][D / 64];  // tokens 2q, 2q+1, 2q+8, 2q+9

  template <class From>
  __device__ __forceinline__ void load(const uint16_t* tile, Lane lane) {
#pragma unroll
    for (int r = 0; r < 4; r++) {
      const int token = 2 * lane.q + (r & 1) + (r >> 1) * 8;
#pragma unroll
      for (int chunk = 0; chunk < D / 64; chunk++) {
        rows[r][chunk] = From::read(tile + token * D + chunk * 64 + lane.g * 8);
      }
    }
  }

  /** Clears rows past lastToken: their weight is zero, but zero times the NaN of an unused slot is NaN. */
  __device__ __forceinline__ void clearTail(int lastToken, Lane lane) {
#pragma unroll
    for (int r = 0; r < 4; r++) {
      const bool live = 2 * lane.q + (r & 1) + (r >> 1) * 8 <= lastToken;
#pragma unroll
      for (int chunk = 0; chunk < D / 64; chunk++) {
        if (!live) rows[r][chunk] = uint4{0, 0, 0, 0};
      }
    }
  }

  /** V^T as an A operand: rows d = 64 chunk + 8 g + 2 j (row g) and the one after it (row g + 8). */
  __device__ __forceinline__ void transposed(unsigned (&a)[4], int chunk, int j) const {
    unsigned w[4];
#pragma unroll
    for (int r = 0; r < 4; r++) {
      const uint4 v = rows[r][chunk];
      w[r] = j == 0 ? v.x : j == 1 ? v.y : j == 2 ? v.z : v.w;
    }
    a[0] = permuteBytes(w[0], w[1], 0x5410);  // the low halves
    a[1] = permuteBytes(w[0], w[1], 0x7632);  // the high halves
    a[2] = permuteBytes(w[2], w[3], 0x5410);
    a[3] = permuteBytes(w[2], w[3], 0x7632);
  }
};

/** O^T and the softmax state of heads 2q and 2q+1. Sums are this lane's share until finish(). */
template <int D>
struct Accumulator {
  float out[D / 64][4][4];  // [chunk][j][d = 64 chunk + 8 g + 2 j: heads 2q, 2q+1; d + 1: heads 2q, 2q+1]
  float maximum[2] = {NO_SCORE, NO_SCORE};
  float sum[2] = {0, 0};

  __device__ __forceinline__ Accumulator() {
#pragma unroll
    for (int i = 0; i < D / 4; i++) out[i / 16][i / 4 % 4][i % 4] = 0;
  }

  /** Turns scores into weights of the softmax so far; returns what earlier results have to be multiplied by. */
  __device__ __forceinline__ float2 weigh(float (&s)[4], int lastToken, float scaleLog2, Lane lane) {
    const bool live[2] = {lane.g <= lastToken, lane.g + 8 <= lastToken};
    float rescale[2];
#pragma unroll
    for (int i = 0; i < 4; i++) s[i] = live[i / 2] ? s[i] * scaleLog2 : NO_SCORE;
#pragma unroll
    for (int h = 0; h < 2; h++) {
      const float newMaximum = maxLanes<4, 32>(fmaxf(maximum[h], fmaxf(s[h], s[h + 2])));
      rescale[h] = exp2Fast(maximum[h] - newMaximum);
      maximum[h] = newMaximum;
    }
#pragma unroll
    for (int i = 0; i < 4; i++) s[i] = live[i / 2] ? exp2Fast(s[i] - maximum[i % 2]) : 0;
#pragma unroll
    for (int h = 0; h < 2; h++) sum[h] = sum[h] * rescale[h] + s[h] + s[h + 2];
    return {rescale[0], rescale[1]};
  }

  template <class T>
  __device__ __forceinline__ void add(const float (&weights)[4], const ValueTile<D>& values, float2 rescale) {
    const unsigned b[2] = {
        transpose8x8(pack2<T>(weights[0], weights[1])), transpose8x8(pack2<T>(weights[2], weights[3]))};
#pragma unroll
    for (int chunk = 0; chunk < D / 64; chunk++) {
#pragma unroll
      for (int j = 0; j < 4; j++) {
        float (&o)[4] = out[chunk][j];
        o[0] *= rescale.x, o[1] *= rescale.y, o[2] *= rescale.x, o[3] *= rescale.y;
        unsigned a[4];
        values.transposed(a, chunk, j);
        mma16816<T>(o, a, b);
      }
    }
  }

  __device__ __forceinline__ void finish(MergeTile<D, WARPS, HEADS>& tile, int warp, Lane lane) {
    sum[0] = sumLanes<4, 32>(sum[0]);
    sum[1] = sumLanes<4, 32>(sum[1]);
    const int head = 2 * lane.q;
#pragma unroll
    for (int chunk = 0; chunk < D / 64; chunk++) {
#pragma unroll
      for (int j = 0; j < 4; j++) {
        const int d = chunk * 64 + lane.g * 8 + 2 * j;
        tile.out[warp][head][d] = out[chunk][j][0];
        tile.out[warp][head + 1][d] = out[chunk][j][1];
        tile.out[warp][head][d + 1] = out[chunk][j][2];
        tile.out[warp][head + 1][d + 1] = out[chunk][j][3];
      }
    }
    if (lane.g != 0) return;
    tile.maximum[warp][head] = maximum[0];
    tile.maximum[warp][head + 1] = maximum[1];
    tile.sum[warp][head] = sum[0];
    tile.sum[warp][head + 1] = sum[1];
  }
};

}  // namespace tensor
