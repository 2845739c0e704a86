// The CUDA that the kernels of src/main/cuda use, in C++ for g++: build them with -x c++ -DKVLAB_CPU. The second half
// is the twin of the inline PTX in primitives.cuh; both follow the PTX ISA 8.x, "Warp Level Matrix Multiply-Accumulate"
// and "Data Movement", and conformance.cu is what compares them on a device.
#pragma once
#include <cmath>
#include <type_traits>

#include "fibers.h"

struct uint2 {
  unsigned x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
struct alignas(16) int4 {
  int x, y, z, w;
};
struct float2 {
  float x, y;
};

#define __global__
#define __device__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __grid_constant__
#define threadIdx (twin::block->current->thread)
#define blockIdx (twin::block->index)
#define blockDim (twin::block->blockSize)
#define gridDim (twin::block->gridSize)

#define KV_TEXT_(x) #x
#define KV_TEXT(x) KV_TEXT_(x)
#define __syncthreads() twin::barrier(__FILE__ ":" KV_TEXT(__LINE__))

/** Declares a shared variable; its address is the same for all threads of a block. */
#define KV_SHARED(Type, name)             \
  static const char name##_site = 0;      \
  Type& name = twin::shared<Type>(&name##_site)

/** Exports a kernel as kvlab_cpu_<name>; a launch that the device would refuse or that breaks its contract aborts. */
#define KV_EXPORT(name, threads, Params)                                                                             \
  extern "C" void kvlab_cpu_##name(unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,     \
      unsigned sharedBytes, const void* params) {                                                                    \
    static_assert(std::is_trivially_copyable<Params>::value, "parameters are copied as bytes");                      \
    if (!gx || !gy || !gz || gy > 65535 || gz > 65535 || bx != threads || by != 1 || bz != 1 || sharedBytes) {             \
      fprintf(stderr, "CPU twin: bad launch of " #name ": grid (%u,%u,%u), block (%u,%u,%u), shared %u\n", gx, gy,   \
          gz, bx, by, bz, sharedBytes);                                                                              \
      abort();                                                                                                       \
    }                                                                                                                \
    Params copy;                                                                                                     \
    memcpy(&copy, params, sizeof copy);                                                                              \
    twin::launch({gx, gy, gz}, {bx, by, bz}, [&copy] { name(copy); });                                               \
  }

namespace twin {

template <class To, class From>
inline To bits(From from) {
  static_assert(sizeof(To) == sizeof(From), "bits() keeps the size");
  To to;
  memcpy(&to, &from, sizeof to);
  return to;
}

inline void checkAligned16(const void* p) {
  if (reinterpret_cast<uintptr_t>(p) & 15) fail("misaligned 16-byte access");
}

struct Shuffle {
  uint64_t in, out;
  int source;
};
inline void shuffle(Shuffle* const* lanes) {
  for (int i = 0; i < LANES; i++) {
    if (!lanes[i]) continue;
    const Shuffle* from = lanes[lanes[i]->source & 31];
    if (!from) fail("a shuffle reads a lane outside its mask");
    lanes[i]->out = from->in;
  }
}
template <class T>
__attribute__((noinline)) T shuffleFrom(unsigned mask, T value, int source) {
  Shuffle s{0, 0, source};
  memcpy(&s.in, &value, sizeof value);
  collective(mask, s, shuffle);
  T result;
  memcpy(&result, &s.out, sizeof result);
  return result;
}
inline int lane() { return block->current->linear % LANES; }

inline void meet(int* const*) {}

}  // namespace twin

inline float __uint_as_float(unsigned u) { return twin::bits<float>(u); }
inline unsigned __float_as_uint(float f) { return twin::bits<unsigned>(f); }
inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned) ((uint64_t) a * b >> 32); }
inline int min(int a, int b) { return a < b ? a : b; }
inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
inline unsigned atomicAdd(unsigned* p, unsigned v) { return __atomic_fetch_add(p, v, __ATOMIC_RELAXED); }
inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline float __ldcg(const float* p) { return *p; }
inline void __syncwarp(unsigned mask = 0xffffffffu) {
  int nothing = 0;
  twin::collective(mask, nothing, twin::meet);
}
template <class T>
inline T __shfl_xor_sync(unsigned mask, T value, int flip) {
  return twin::shuffleFrom(mask, value, twin::lane() ^ flip);
}
template <class T>
inline T __shfl_sync(unsigned mask, T value, int source) {
  return twin::shuffleFrom(mask, value, source);
}

// ---- the twin of primitives.cuh ------------------------------------------------------------------------------------

inline float exp2Fast(float x) { return exp2f(x); }

inline uint4 loadStreaming16(const void* p) {
  twin::checkAligned16(p);
  uint4 v;
  memcpy(&v, p, 16);
  return v;
}
inline uint4 load16(const void* p) { return loadStreaming16(p); }
template <class Floats>
inline Floats loadShared(const float* p) {
  if (sizeof(Floats) == 16) twin::checkAligned16(p);
  Floats v;
  memcpy(&v, p, sizeof v);
  return v;
}
inline void store16(void* p, uint4 v) {
  twin::checkAligned16(p);
  memcpy(p, &v, 16);
}

inline unsigned permuteBytes(unsigned a, unsigned b, unsigned selector) {
  const uint64_t both = (uint64_t) b << 32 | a;
  unsigned result = 0;
  for (int i = 0; i < 4; i++) {
    const unsigned choice = selector >> (4 * i) & 15;
    unsigned byte = both >> ((choice & 7) * 8) & 0xff;
    if (choice & 8) byte = byte & 0x80 ? 0xff : 0;  // the sign of the byte, replicated
    result |= byte << (8 * i);
  }
  return result;
}

/** bfloat16: the upper half of a float. */
struct Bf16 {
  static float toFloat(uint16_t bits) { return __uint_as_float((unsigned) bits << 16); }
  static uint16_t fromFloat(float f) {
    const unsigned u = __float_as_uint(f);
    if ((u & 0x7fffffff) > 0x7f800000) return 0x7fff;  // cvt.rn.bf16 gives the canonical NaN
    return (uint16_t) ((u + 0x7fff + (u >> 16 & 1)) >> 16);
  }
};

/** IEEE 754 binary16. */
struct Fp16 {
  static float toFloat(uint16_t bits) {
    const unsigned magnitude = (unsigned) (bits & 0x7fff) << 13;
    unsigned u = __float_as_uint(__uint_as_float(magnitude) * 0x1p112f);  // moves the exponent's bias, exact for subnormals
    if (magnitude > 0x7c00u << 13) return __uint_as_float(0x7fffffff);    // cvt.f32.f16 gives the canonical NaN (seen on sm_90)
    if (magnitude == 0x7c00u << 13) u = 0x7f800000;                       // infinity
    return __uint_as_float(u | (unsigned) (bits & 0x8000) << 16);
  }
  static uint16_t fromFloat(float f) {
    const unsigned u = __float_as_uint(f), sign = u >> 16 & 0x8000, magnitude = u & 0x7fffffff;
    if (magnitude > 0x7f800000) return 0x7fff;                  // NaN
    if (magnitude >= 0x477ff000) return sign | 0x7c00;          // rounds to 65536 or more: infinity
    if (magnitude < 0x38800000) {                               // subnormal: let the float adder round
      return sign | (uint16_t) (__float_as_uint(__uint_as_float(magnitude) + 0.5f) - 0x3f000000);
    }
    return sign | (uint16_t) ((magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13);
  }
};

template <class T>
inline unsigned pack2(float low, float high) {
  return T::fromFloat(low) | (unsigned) T::fromFloat(high) << 16;
}
template <class T>
inline float2 unpack2(unsigned pair) {
  return {T::toFloat((uint16_t) pair), T::toFloat((uint16_t) (pair >> 16))};
}

namespace twin {

struct Mma {
  float* c;
  const unsigned *a, *b;
};

/** A[16][16] * B[16][8] from the fragments that primitives.cuh draws. */
template <class T>
inline void multiply(Mma* const* lanes) {
  float a[16][16], b[16][8], c[16][8] = {};
  for (int i = 0; i < LANES; i++) {
    const int g = i >> 2, q = i & 3;
    for (int r = 0; r < 4; r++) {
      const float2 v = unpack2<T>(lanes[i]->a[r]);
      a[g + (r & 1) * 8][2 * q + (r >> 1) * 8] = v.x;
      a[g + (r & 1) * 8][2 * q + (r >> 1) * 8 + 1] = v.y;
    }
    for (int r = 0; r < 2; r++) {
      const float2 v = unpack2<T>(lanes[i]->b[r]);
      b[2 * q + r * 8][g] = v.x;
      b[2 * q + r * 8 + 1][g] = v.y;
    }
  }
  for (int row = 0; row < 16; row++) {
    for (int k = 0; k < 16; k++) {
      for (int col = 0; col < 8; col++) c[row][col] += a[row][k] * b[k][col];
    }
  }
  for (int i = 0; i < LANES; i++) {
    for (int r = 0; r < 4; r++) lanes[i]->c[r] += c[(i >> 2) + (r >> 1) * 8][2 * (i & 3) + (r & 1)];
  }
}

struct Transpose {
  unsigned in, out;
};
inline void transpose(Transpose* const* lanes) {
  uint16_t m[8][8];
  for (int i = 0; i < LANES; i++) {
    m[i >> 2][2 * (i & 3)] = (uint16_t) lanes[i]->in;
    m[i >> 2][2 * (i & 3) + 1] = (uint16_t) (lanes[i]->in >> 16);
  }
  for (int i = 0; i < LANES; i++) {
    lanes[i]->out = m[2 * (i & 3)][i >> 2] | (unsigned) m[2 * (i & 3) + 1][i >> 2] << 16;
  }
}

struct LoadMatrix {
  const void* row;  // lane 8m + r names row r of matrix m
  unsigned out[4];
};
template <bool TRANSPOSED>
inline void loadMatrices(LoadMatrix* const* lanes) {
  uint16_t m[4][8][8];
  for (int i = 0; i < LANES; i++) {
    checkAligned16(lanes[i]->row);
    memcpy(m[i >> 3][i & 7], lanes[i]->row, 16);
  }
  for (int i = 0; i < LANES; i++) {
    const int row = i >> 2, col = 2 * (i & 3);
    for (int k = 0; k < 4; k++) {
      lanes[i]->out[k] = TRANSPOSED ? m[k][col][row] | (unsigned) m[k][col + 1][row] << 16
                                    : m[k][row][col] | (unsigned) m[k][row][col + 1] << 16;
    }
  }
}

}  // namespace twin

template <class T>
inline void mma16816(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  twin::Mma operands{c, a, b};
  twin::collective(0xffffffffu, operands, twin::multiply<T>);
}
inline unsigned transpose8x8(unsigned fragment) {
  twin::Transpose operands{fragment, 0};
  twin::collective(0xffffffffu, operands, twin::transpose);
  return operands.out;
}
template <bool TRANSPOSED>
inline void loadMatrix4(unsigned (&fragment)[4], const void* row) {
  twin::LoadMatrix operands{row, {}};
  twin::collective(0xffffffffu, operands, twin::loadMatrices<TRANSPOSED>);
  memcpy(fragment, operands.out, sizeof fragment);
}

inline void copyAsync16(void* shared, const void* global, bool live) {
  twin::checkAligned16(shared);
  twin::checkAligned16(global);
  twin::Fiber& me = *twin::block->current;
  me.copies.push_back({shared, live ? global : nullptr, me.copyGroup});
  if (!twin::block->eagerCopies) return;
  twin::finishCopy(me.copies.back());
  me.copies.pop_back();
}
inline void commitCopies() { twin::block->current->copyGroup++; }
template <int PENDING>
inline void awaitCopies() {
  twin::finishCopies(PENDING);
}

namespace twin {

/** A bulk copy that was asked for, in the block that this host thread runs. */
struct BulkCopy {
  void* shared;
  const void* global;
  unsigned bytes;
  const void* barrier;
};
inline thread_local std::vector<BulkCopy> bulkCopies;

}  // namespace twin

struct CopyBarrier {
  uint16_t phase, expects;
  int bytes;  // still to be asked for
};
inline void initBarrier(CopyBarrier& barrier) {
  for (const twin::BulkCopy& copy : twin::bulkCopies) {
    if (copy.barrier == &barrier) twin::fail("a block ended before its copies did");
  }
  barrier = {0, 0, 0};
}
inline void publishBarriers() {}
inline void expectBytes(CopyBarrier& barrier, unsigned bytes) {
  if (barrier.expects) twin::fail("a phase expects twice");
  barrier.expects = 1;
  barrier.bytes = (int) bytes;
}
inline void copyBulk(void* shared, const void* global, unsigned bytes, CopyBarrier& barrier) {
  twin::checkAligned16(shared);
  twin::checkAligned16(global);
  if (bytes % 16 || barrier.expects != 1 || (barrier.bytes -= (int) bytes) < 0) twin::fail("a copy nobody expects");
  if (twin::block->eagerCopies) memcpy(shared, global, bytes);
  else twin::bulkCopies.push_back({shared, global, bytes, &barrier});
}
/** Copies as late as can be, or when asked if the block's copies are eager. */
inline void awaitBytes(CopyBarrier& barrier, unsigned parity) {
  if ((barrier.phase & 1u) != parity) return;  // another lane has waited
  if (barrier.expects != 1 || barrier.bytes) twin::fail("a wait for bytes that nobody asked for");
  std::vector<twin::BulkCopy> others;
  for (const twin::BulkCopy& copy : twin::bulkCopies) {
    if (copy.barrier == &barrier) memcpy(copy.shared, copy.global, copy.bytes);
    else others.push_back(copy);
  }
  twin::bulkCopies.swap(others);
  barrier.phase++;
  barrier.expects = 0;
}
