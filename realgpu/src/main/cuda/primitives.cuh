// The instructions that kernels use beyond plain CUDA C++, one small function each; all inline PTX of the project is
// here. Under KVLAB_CPU the same functions come from the CPU twin (src/test/cpp/kvlab_cpu.h).
//
// 16-bit floats travel as raw bits: uint16_t alone, unsigned for a pair (first element in the low half), uint4 for
// eight. The element type, Bf16 or Fp16, is a template parameter of what computes with them.
//
// Fragments of the warp-wide matrix instructions. A warp's lane is 4 * g + q, with g = lane / 4 in 0..7 and
// q = lane % 4; one register holds two neighbouring elements:
//
//   mma16816: C[16][8] += A[16][16] * B[16][8]                       transpose8x8: M[8][8] to its transpose
//     a[0] = A[g    ][2q, 2q+1]   a[2] = A[g    ][2q+8, 2q+9]          in  = M[g][2q, 2q+1]
//     a[1] = A[g + 8][2q, 2q+1]   a[3] = A[g + 8][2q+8, 2q+9]          out = M[2q][g], M[2q+1][g]
//     b[0] = B[2q, 2q+1][g]       b[1] = B[2q+8, 2q+9][g]
//     c[0], c[1] = C[g][2q], C[g][2q+1]   c[2], c[3] = C[g + 8][2q], C[g + 8][2q+1]
//
//   loadMatrix4: four M[8][8] from shared memory; lane 8m + r gives the address of row r of matrix m (16 bytes),
//     fragment[m] = Mm[g][2q, 2q+1], or when TRANSPOSED Mm[2q][g], Mm[2q+1][g]
//
// Source: PTX ISA, "Matrix Fragments for mma.m16n8k16 with floating point type", "movmatrix", "ldmatrix", "cp.async".
// Lowest ISA: 7.8 (movmatrix); lowest target: sm_80 (bf16 mma, cp.async). Bulk copies: 8.0 and sm_90.
#pragma once

#ifdef KVLAB_CPU
#include "kvlab_cpu.h"
#else
#include <cstdint>

struct Bf16 {
  static __device__ __forceinline__ float toFloat(uint16_t bits) { return __uint_as_float((unsigned) bits << 16); }
  static __device__ __forceinline__ uint16_t fromFloat(float f) {
    uint16_t bits;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(f));
    return bits;
  }
};

struct Fp16 {
  static __device__ __forceinline__ float toFloat(uint16_t bits) {
    float f;
    asm("cvt.f32.f16 %0, %1;" : "=f"(f) : "h"(bits));
    return f;
  }
  static __device__ __forceinline__ uint16_t fromFloat(float f) {
    uint16_t bits;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(f));
    return bits;
  }
};

template <class T>
__device__ __forceinline__ unsigned pack2(float low, float high);
template <>
__device__ __forceinline__ unsigned pack2<Bf16>(float low, float high) {
  unsigned pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
}
template <>
__device__ __forceinline__ unsigned pack2<Fp16>(float low, float high) {
  unsigned pair;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
}

template <class T>
__device__ __forceinline__ float2 unpack2(unsigned pair) {
  return {T::toFloat((uint16_t) pair), T::toFloat((uint16_t) (pair >> 16))};
}

/** 2^x; subnormal results are zero. */
__device__ __forceinline__ float exp2Fast(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

/**
 * Reads 16 bytes that no later read needs, of a run of at least 256: past L1, and by the read-only path, so never memory
 * this kernel writes. L2 fetches the run at once; decode attention gains 1.5% on an H100.
 */
__device__ __forceinline__ uint4 loadStreaming16(const void* p) {
  uint4 v;
  asm volatile("ld.global.nc.L1::no_allocate.L2::256B.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
               : "l"(p));
  return v;
}
/** Reads what another block of this launch has written, which L1 may not know: 8 or 16 bytes of floats. */
template <class Floats>
__device__ __forceinline__ Floats loadShared(const float* p) {
  Floats v;
  if (sizeof(Floats) == 16) {
    const float4 four = __ldcg(reinterpret_cast<const float4*>(p));
    __builtin_memcpy(&v, &four, sizeof v);
  } else {
    const float2 two = __ldcg(reinterpret_cast<const float2*>(p));
    __builtin_memcpy(&v, &two, sizeof v);
  }
  return v;
}
__device__ __forceinline__ uint4 load16(const void* p) { return *static_cast<const uint4*>(p); }
__device__ __forceinline__ void store16(void* p, uint4 v) { *static_cast<uint4*>(p) = v; }

/** Byte i of the result is byte (selector >> 4 i) & 7 of the eight bytes of a (low) and b (high). */
__device__ __forceinline__ unsigned permuteBytes(unsigned a, unsigned b, unsigned selector) {
  return __byte_perm(a, b, selector);
}

template <class T>
__device__ __forceinline__ void mma16816(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]);
template <>
__device__ __forceinline__ void mma16816<Bf16>(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
template <>
__device__ __forceinline__ void mma16816<Fp16>(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

__device__ __forceinline__ unsigned transpose8x8(unsigned fragment) {
  unsigned result;
  asm volatile("movmatrix.sync.aligned.m8n8.trans.b16 %0, %1;" : "=r"(result) : "r"(fragment));
  return result;
}

__device__ __forceinline__ unsigned sharedAddress(const void* p) { return (unsigned) __cvta_generic_to_shared(p); }

template <bool TRANSPOSED>
__device__ __forceinline__ void loadMatrix4(unsigned (&fragment)[4], const void* row) {
  if (TRANSPOSED) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(fragment[0]), "=r"(fragment[1]), "=r"(fragment[2]), "=r"(fragment[3])
                 : "r"(sharedAddress(row))
                 : "memory");
  } else {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(fragment[0]), "=r"(fragment[1]), "=r"(fragment[2]), "=r"(fragment[3])
                 : "r"(sharedAddress(row))
                 : "memory");
  }
}

/** Asks for 16 bytes from global to shared memory; zeros if not `live`, and then `global` is not read. */
__device__ __forceinline__ void copyAsync16(void* shared, const void* global, bool live) {
  const int bytes = live ? 16 : 0;
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(sharedAddress(shared)), "l"(global), "r"(bytes)
               : "memory");
}
/** Closes the group of the copies asked for since the last call. */
__device__ __forceinline__ void commitCopies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
/** Waits until all but the latest PENDING groups of this thread have arrived. */
template <int PENDING>
__device__ __forceinline__ void awaitCopies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(PENDING) : "memory");
}

#if __CUDA_ARCH__ >= 900 || !defined(__CUDA_ARCH__)
/** Counts the bytes that bulk copies bring to shared memory; it has to be there. One phase after the other. */
struct alignas(8) CopyBarrier {
  unsigned long long word;
};
/** For one thread that expects per phase. */
__device__ __forceinline__ void initBarrier(CopyBarrier& barrier) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(sharedAddress(&barrier)) : "memory");
}
/** Makes barriers that this thread has initialised known to the copy engine. */
__device__ __forceinline__ void publishBarriers() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }
/** The phase ends when so many bytes have arrived. */
__device__ __forceinline__ void expectBytes(CopyBarrier& barrier, unsigned bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(sharedAddress(&barrier)), "r"(bytes)
               : "memory");
}
/**
 * Asks the copy engine for a run of bytes, a multiple of 16, both ends aligned to 16, that no later read needs: L2 gives
 * it up first.
 */
__device__ __forceinline__ void copyBulk(void* shared, const void* global, unsigned bytes, CopyBarrier& barrier) {
  unsigned long long once;
  asm("createpolicy.fractional.L2::evict_first.b64 %0, 1.0;" : "=l"(once));
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.L2::cache_hint [%0], [%1], %2, [%3], %4;" ::"r"(
          sharedAddress(shared)),
      "l"(global), "r"(bytes), "r"(sharedAddress(&barrier)), "l"(once)
      : "memory");
}
/** Waits for the phase with this parity, 0 the first, to end. */
__device__ __forceinline__ void awaitBytes(CopyBarrier& barrier, unsigned parity) {
  unsigned ended;
  do {
    asm volatile("{\n.reg .pred p;\nmbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\nselp.u32 %0, 1, 0, p;\n}"
                 : "=r"(ended)
                 : "r"(sharedAddress(&barrier)), "r"(parity)
                 : "memory");
  } while (!ended);
}
#endif

#define KV_SHARED(Type, name) __shared__ Type name
#define KV_EXPORT(name, threads, Params)
#endif

constexpr unsigned WARP = 0xffffffffu;  // all lanes
constexpr float LOG2_E = 1.4426950408889634f;
constexpr float NO_SCORE = -1e30f;  // instead of minus infinity, whose differences are NaN

/** Sum over the 2^n lanes that differ in the bits FIRST .. LAST / 2 of the lane number; every lane gets it. */
template <int FIRST, int LAST>
__device__ __forceinline__ float sumLanes(float x) {
#pragma unroll
  for (int flip = FIRST; flip < LAST; flip <<= 1) x += __shfl_xor_sync(WARP, x, flip);
  return x;
}
template <int FIRST, int LAST>
__device__ __forceinline__ float maxLanes(float x) {
#pragma unroll
  for (int flip = FIRST; flip < LAST; flip <<= 1) x = fmaxf(x, __shfl_xor_sync(WARP, x, flip));
  return x;
}

/**
 * Defines a kernel that runs the call with one by-value struct `p`. Blocks have exactly `threads` threads; registers
 * are limited so that `residentBlocks` of them fit a processor (0: no such limit).
 */
#define KV_KERNEL_RESIDENT(name, threads, residentBlocks, Params, ...)                                         \
  extern "C" __global__ void __launch_bounds__(threads, residentBlocks) name(const __grid_constant__ Params p) { \
    __VA_ARGS__(p);                                                                                            \
  }                                                                                                            \
  KV_EXPORT(name, threads, Params)
#define KV_KERNEL(name, threads, Params, ...) KV_KERNEL_RESIDENT(name, threads, 0, Params, __VA_ARGS__)
