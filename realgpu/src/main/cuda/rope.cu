// RoPE fused with the cache write: takes the output of the QKV projection of new tokens, rotates Q and K, leaves Q in a
// buffer of its own for attention and stores K and V in their slots.
//
// rope_cache_write_{paged,contiguous}_{bf16,fp16}_d{64,128}: grid (tokens), block 128; tokens whose row is -1 are
// padding.
//
// Dimension i of the first half of a head turns with dimension i + D / 2 (the GPT-NeoX order that Llama uses), by an
// angle whose cosine and sine the host tabulates in double precision. Sources: Su et al. 2021 (RoFormer, section 3.2);
// rotary_embedding of vLLM (csrc/pos_encoding_kernels.cu) for the table. Deviation: fused with reshape_and_cache.
// Resources (ptxas 13.0, most of this file): 37, 46, 46, 36 registers on sm_80, sm_86, sm_89, sm_90;
// no spills; 0 bytes of shared memory.
#include "kv_layout.cuh"

struct RopeParams {
  uint16_t* query;           // [token][qHead][D], rotated
  uint16_t* keyPool;         // of one layer, see kv_layout.cuh
  uint16_t* valuePool;       // likewise
  const uint16_t* qkv;       // [token][qHeads + 2 kvHeads][D]: all of Q, then K, then V
  const float* cosSin;       // [position][D]: D / 2 cosines, then D / 2 sines
  const int* table;          // [row][tableStride]
  const int* tokenRow;       // [token]
  const int* tokenPosition;  // [token]
  int tableStride;
  int kvHeads;
  int group;  // qHeads = kvHeads * group
  int pageTokens;
};

/** Turns two dimensions at a time: pairs of elements a (first half) and b (second half) by the angles of cos and sin. */
template <class T>
__device__ __forceinline__ void rotate(unsigned& a, unsigned& b, const float* cos, const float* sin) {
  const float2 x = unpack2<T>(a), y = unpack2<T>(b);
  a = pack2<T>(x.x * cos[0] - y.x * sin[0], x.y * cos[1] - y.y * sin[1]);
  b = pack2<T>(y.x * cos[0] + x.x * sin[0], y.y * cos[1] + x.y * sin[1]);
}

template <class T, int D, template <int> class Row>
__device__ __forceinline__ void ropeCacheWrite(const RopeParams& p) {
  constexpr int HALF = D / 2, TURNS = HALF / 8;  // a thread turns 8 dimensions of a head at a time
  const int token = blockIdx.x, rowIndex = p.tokenRow[token], position = p.tokenPosition[token];
  if (rowIndex < 0) return;
  const int qHeads = p.kvHeads * p.group;
  const uint16_t* qkv = p.qkv + (size_t) token * (qHeads + 2 * p.kvHeads) * D;
  const float* cos = p.cosSin + (size_t) position * D;
  const KvTable table{p.table, p.tableStride, p.kvHeads, p.pageTokens};

  for (int i = threadIdx.x; i < (qHeads + p.kvHeads) * TURNS; i += blockDim.x) {
    const int head = i / TURNS, d = i % TURNS * 8;
    uint4 a = load16(qkv + head * D + d), b = load16(qkv + head * D + HALF + d);
    rotate<T>(a.x, b.x, cos + d, cos + HALF + d);
    rotate<T>(a.y, b.y, cos + d + 2, cos + HALF + d + 2);
    rotate<T>(a.z, b.z, cos + d + 4, cos + HALF + d + 4);
    rotate<T>(a.w, b.w, cos + d + 6, cos + HALF + d + 6);
    uint16_t* to = p.query + ((size_t) token * qHeads + head) * D;
    if (head >= qHeads) {
      const Row<D> row(table, rowIndex, head - qHeads);
      to = p.keyPool + row.at(row.page(position), position);
    }
    store16(to + d, a);
    store16(to + HALF + d, b);
  }
  for (int i = threadIdx.x; i < p.kvHeads * (D / 8); i += blockDim.x) {
    const int head = i / (D / 8), d = i % (D / 8) * 8;
    const Row<D> row(table, rowIndex, head);
    store16(p.valuePool + row.at(row.page(position), position) + d, load16(qkv + (qHeads + p.kvHeads + head) * D + d));
  }
}

KV_KERNEL(rope_cache_write_paged_bf16_d64, 128, RopeParams, ropeCacheWrite<Bf16, 64, PagedRow>)
KV_KERNEL(rope_cache_write_paged_bf16_d128, 128, RopeParams, ropeCacheWrite<Bf16, 128, PagedRow>)
KV_KERNEL(rope_cache_write_paged_fp16_d64, 128, RopeParams, ropeCacheWrite<Fp16, 64, PagedRow>)
KV_KERNEL(rope_cache_write_paged_fp16_d128, 128, RopeParams, ropeCacheWrite<Fp16, 128, PagedRow>)
KV_KERNEL(rope_cache_write_contiguous_bf16_d64, 128, RopeParams, ropeCacheWrite<Bf16, 64, ContiguousRow>)
KV_KERNEL(rope_cache_write_contiguous_bf16_d128, 128, RopeParams, ropeCacheWrite<Bf16, 128, ContiguousRow>)
KV_KERNEL(rope_cache_write_contiguous_fp16_d64, 128, RopeParams, ropeCacheWrite<Fp16, 64, ContiguousRow>)
KV_KERNEL(rope_cache_write_contiguous_fp16_d128, 128, RopeParams, ropeCacheWrite<Fp16, 128, ContiguousRow>)
