// Prefill attention over the cache, causal and in chunks: the new tokens of a row, whose K and V are already in their
// slots, attend to everything up to their own position.
//
// prefill_{paged,contiguous}_{bf16,fp16}_d{64,128}: grid (query heads, items), block 128 = 4 warps. An item is up to 64
// consecutive new tokens of one row; a warp has 16 of them. Blocks start in the order of the items, so the list has those
// with the longest context first. K and V pass through one tile of 64 tokens each in shared memory, V arriving while K
// is multiplied and the next K while V is.
//
//   S [16 queries][64 tokens] = Q [16][D] * K^T [D][64]      Q as A operand stays in registers, K as B through ldmatrix
//   O [16 queries][D]        += P [16][64] * V [64][D]       the accumulator of S, packed, is the A operand of P; V as B
//                                                            through transposing ldmatrix
//
// A tile row is D elements; chunk c (16 bytes) of row r lies at chunk c ^ (r % 8), so that the 8 rows that one ldmatrix
// reads lie in different banks. Rows past the context are zeros: a NaN there would pass through a weight of zero.
//
// Source of the idea: FlashAttention-2 (Dao 2023), section 3; chunks with a query offset as in Sarathi-Serve (Agrawal et
// al., OSDI 2024). Deviations: K and V are read once per query head, not per group; one stage of shared memory.
// Resources (ptxas 13.0, most of this file): 202, 198, 198, 206 registers on sm_80, sm_86, sm_89, sm_90;
// no spills; 32768 bytes of shared memory.
#include "kv_layout.cuh"

constexpr int WARPS = 4;
constexpr int QUERIES = 16;    // per warp
constexpr int TILE_TOKENS = 64;

struct PrefillParams {
  uint16_t* out;              // [token][qHead][D]
  const uint16_t* query;      // [token][qHead][D]
  const uint16_t* keyPool;    // of one layer, see kv_layout.cuh
  const uint16_t* valuePool;  // likewise
  const int* table;           // [row][tableStride]
  const int* work;            // [item][4]: row or -1, first token in query and out, tokens, position of the first
  int tableStride;
  int kvHeads;
  int group;  // query heads per KV head
  int pageTokens;
  float scaleLog2;  // log2(e) / sqrt(D)
};

/** 64 rows of K or V of one head. */
template <int D>
struct alignas(128) PrefillTile {
  static constexpr int CHUNKS = D / 8;
  uint16_t elements[TILE_TOKENS * D];

  __device__ __forceinline__ uint16_t* chunk(int row, int c) { return elements + row * D + (c ^ (row % 8)) * 8; }

  /** Asks for tokens first.. of a row of the cache; from `end` on they become zeros. */
  template <class Row>
  __device__ __forceinline__ void fill(const uint16_t* pool, const Row& row, int first, int end) {
#pragma unroll
    for (int i = threadIdx.x; i < TILE_TOKENS * CHUNKS; i += WARPS * 32) {
      const int r = i / CHUNKS, c = i % CHUNKS, token = first + r;
      const bool live = token < end;
      copyAsync16(chunk(r, c), live ? pool + row.at(row.page(token), token) + c * 8 : pool, live);
    }
  }
};

template <int D>
struct PrefillTiles {
  PrefillTile<D> keys, values;
};

/** A warp's 16 queries and what they have gathered so far; a lane holds queries g and g + 8. */
template <class T, int D>
struct PrefillWarp {
  unsigned query[D / 16][4];  // A operands
  float out[D / 8][4];        // queries g and g + 8, d = 8 i + 2q and the next
  float scores[TILE_TOKENS / 8][4];
  float maximum[2] = {NO_SCORE, NO_SCORE};
  float sum[2] = {0, 0};  // this lane's share
  const int g = threadIdx.x % 32 / 4, q = threadIdx.x % 4, matrix = threadIdx.x % 32 / 8, r = threadIdx.x % 8;

  __device__ __forceinline__ PrefillWarp(const uint16_t* firstQuery, int stride, int queries) {
#pragma unroll
    for (int i = 0; i < D / 16 * 4; i++) {
      const int token = g + i % 2 * 8, d = i / 4 * 16 + i % 4 / 2 * 8 + 2 * q;
      const uint16_t* pair = firstQuery + (size_t) token * stride + d;
      query[i / 4][i % 4] = token < queries ? *reinterpret_cast<const unsigned*>(pair) : 0;
    }
#pragma unroll
    for (int i = 0; i < D / 8 * 4; i++) out[i / 4][i % 4] = 0;
  }

  __device__ __forceinline__ void score(PrefillTile<D>& keys) {
#pragma unroll
    for (int j = 0; j < TILE_TOKENS / 8; j += 2) {
#pragma unroll
      for (int i = 0; i < 4; i++) scores[j][i] = scores[j + 1][i] = 0;
#pragma unroll
      for (int k = 0; k < D / 16; k++) {
        unsigned f[4];  // matrices: 8 tokens, their next 8 d, the same for the next 8 tokens
        loadMatrix4<false>(f, keys.chunk((j + matrix / 2) * 8 + r, k * 2 + matrix % 2));
        const unsigned b0[2] = {f[0], f[1]}, b1[2] = {f[2], f[3]};
        mma16816<T>(scores[j], query[k], b0);
        mma16816<T>(scores[j + 1], query[k], b1);
      }
    }
  }

  /** Scores become weights of the softmax so far. Token t of the tile is visible to query g if t <= visible + g. */
  __device__ __forceinline__ void weigh(int visible, float scaleLog2) {
#pragma unroll
    for (int j = 0; j < TILE_TOKENS / 8; j++) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        const bool live = j * 8 + 2 * q + i % 2 <= visible + g + i / 2 * 8;
        scores[j][i] = live ? scores[j][i] * scaleLog2 : NO_SCORE;
      }
    }
#pragma unroll
    for (int h = 0; h < 2; h++) {
      float newMaximum = maximum[h];
#pragma unroll
      for (int j = 0; j < TILE_TOKENS / 8; j++) {
        newMaximum = fmaxf(newMaximum, fmaxf(scores[j][2 * h], scores[j][2 * h + 1]));
      }
      newMaximum = maxLanes<1, 4>(newMaximum);
      const float rescale = exp2Fast(maximum[h] - newMaximum);
      maximum[h] = newMaximum;
      sum[h] *= rescale;
#pragma unroll
      for (int d = 0; d < D / 8; d++) {
        out[d][2 * h] *= rescale;
        out[d][2 * h + 1] *= rescale;
      }
#pragma unroll
      for (int j = 0; j < TILE_TOKENS / 8; j++) {
#pragma unroll
        for (int i = 2 * h; i < 2 * h + 2; i++) {  // every query sees token 0, so its maximum is a score from then on
          scores[j][i] = exp2Fast(scores[j][i] - newMaximum);
          sum[h] += scores[j][i];
        }
      }
    }
  }

  __device__ __forceinline__ void add(PrefillTile<D>& values) {
#pragma unroll
    for (int j = 0; j < TILE_TOKENS / 16; j++) {
      const float (&low)[4] = scores[2 * j], (&high)[4] = scores[2 * j + 1];
      const unsigned a[4] = {pack2<T>(low[0], low[1]), pack2<T>(low[2], low[3]), pack2<T>(high[0], high[1]),
          pack2<T>(high[2], high[3])};
#pragma unroll
      for (int d = 0; d < D / 8; d += 2) {
        unsigned f[4];  // matrices: 8 tokens, the next 8 tokens, the same for the next 8 d
        loadMatrix4<true>(f, values.chunk(j * 16 + matrix % 2 * 8 + r, d + matrix / 2));
        const unsigned b0[2] = {f[0], f[1]}, b1[2] = {f[2], f[3]};
        mma16816<T>(out[d], a, b0);
        mma16816<T>(out[d + 1], a, b1);
      }
    }
  }

  __device__ __forceinline__ void store(uint16_t* firstOut, int stride, int queries) {
#pragma unroll
    for (int h = 0; h < 2; h++) {
      const int token = g + 8 * h;
      const float total = sumLanes<1, 4>(sum[h]);
      if (token >= queries) continue;
#pragma unroll
      for (int d = 0; d < D / 8; d++) {
        *reinterpret_cast<unsigned*>(firstOut + (size_t) token * stride + d * 8 + 2 * q) =
            pack2<T>(out[d][2 * h] / total, out[d][2 * h + 1] / total);
      }
    }
  }
};

template <class T, int D, template <int> class Row>
__device__ __forceinline__ void prefill(const PrefillParams& p) {
  const int* item = p.work + (size_t) blockIdx.y * 4;
  if (item[0] < 0) return;
  const int head = blockIdx.x, stride = gridDim.x * D, tokens = item[2], position = item[3], end = position + tokens;
  const int firstQuery = threadIdx.x / 32 * QUERIES;  // of this warp, in the item
  const size_t at = ((size_t) (item[1] + firstQuery) * gridDim.x + head) * D;
  const Row<D> row({p.table, p.tableStride, p.kvHeads, p.pageTokens}, item[0], head / p.group);
  KV_SHARED(PrefillTiles<D>, tiles);
  PrefillWarp<T, D> warp(p.query + at, stride, tokens - firstQuery);

  tiles.keys.fill(p.keyPool, row, 0, end);
  commitCopies();
  for (int first = 0; first < end; first += TILE_TOKENS) {
    tiles.values.fill(p.valuePool, row, first, end);
    commitCopies();
    awaitCopies<1>();
    __syncthreads();  // the keys are there
    warp.score(tiles.keys);
    __syncthreads();  // and read
    if (first + TILE_TOKENS < end) tiles.keys.fill(p.keyPool, row, first + TILE_TOKENS, end);
    commitCopies();
    warp.weigh(position + firstQuery - first, p.scaleLog2);
    awaitCopies<1>();
    __syncthreads();  // the values are there
    warp.add(tiles.values);
    __syncthreads();  // and read
  }
  warp.store(p.out + at, stride, tokens - firstQuery);
}

KV_KERNEL(prefill_paged_bf16_d64, 128, PrefillParams, prefill<Bf16, 64, PagedRow>)
KV_KERNEL(prefill_paged_bf16_d128, 128, PrefillParams, prefill<Bf16, 128, PagedRow>)
KV_KERNEL(prefill_paged_fp16_d64, 128, PrefillParams, prefill<Fp16, 64, PagedRow>)
KV_KERNEL(prefill_paged_fp16_d128, 128, PrefillParams, prefill<Fp16, 128, PagedRow>)
KV_KERNEL(prefill_contiguous_bf16_d64, 128, PrefillParams, prefill<Bf16, 64, ContiguousRow>)
KV_KERNEL(prefill_contiguous_bf16_d128, 128, PrefillParams, prefill<Bf16, 128, ContiguousRow>)
KV_KERNEL(prefill_contiguous_fp16_d64, 128, PrefillParams, prefill<Fp16, 64, ContiguousRow>)
KV_KERNEL(prefill_contiguous_fp16_d128, 128, PrefillParams, prefill<Fp16, 128, ContiguousRow>)
