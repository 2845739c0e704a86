#include "gemm.cu"
#include "harness.h"
#include "skinny_gemm.cu"

/** x is [m][k], w is [n][k]; returns the relative error of y [m][n]. */
template <class T>
static RelativeL2 errorOf(const Bits& y, const Bits& x, const Bits& w, int m, int n, int k) {
  RelativeL2 error;
  for (int i = 0; i < m; i++) {
    for (int j = 0; j < n; j++) {
      double sum = 0;
      for (int z = 0; z < k; z++) sum += (double) T::toFloat(x[(size_t) i * k + z]) * T::toFloat(w[(size_t) j * k + z]);
      error.add(T::toFloat(y[(size_t) i * n + j]), sum);
    }
  }
  return error;
}

template <class T, class Params>
static void productMatchesDouble(Launch kernel, dim3 grid, unsigned threads, int m, int n, int k) {
  Random random(81);
  const Bits x = random.floats<T>((size_t) m * k), w = random.floats<T>((size_t) n * k);
  Bits y((size_t) m * n + 8, NAN_BITS);
  launch(kernel, grid, threads, Params{y.data(), x.data(), w.data(), m, n, k});
  char what[100];
  snprintf(what, sizeof what, "%s M %d N %d K %d", typeName<T>(), m, n, k);
  errorOf<T>(y, x, w, m, n, k).check(what);
  check(y[(size_t) m * n] == NAN_BITS, "%s: wrote past the end", what);
}

template <class T>
static void fewTokens(Launch kernel, int m) {
  productMatchesDouble<T, skinny::SkinnyGemmParams>(kernel, {3, 1, 1}, 128, m, 48, 640);
}
TEST(skinnyGemmMatchesDouble) {
  fewTokens<Bf16>(kvlab_cpu_skinny_gemm_bf16_m8, 1);
  fewTokens<Bf16>(kvlab_cpu_skinny_gemm_bf16_m8, 8);
  fewTokens<Bf16>(kvlab_cpu_skinny_gemm_bf16_m16, 13);
  fewTokens<Bf16>(kvlab_cpu_skinny_gemm_bf16_m32, 32);
  fewTokens<Bf16>(kvlab_cpu_skinny_gemm_bf16_m64, 57);
  fewTokens<Fp16>(kvlab_cpu_skinny_gemm_fp16_m8, 3);
  fewTokens<Fp16>(kvlab_cpu_skinny_gemm_fp16_m16, 16);
  fewTokens<Fp16>(kvlab_cpu_skinny_gemm_fp16_m32, 17);
  fewTokens<Fp16>(kvlab_cpu_skinny_gemm_fp16_m64, 64);
}

template <class T>
static void manyTokens(Launch kernel, int m, int n, int k) {
  productMatchesDouble<T, tiled::GemmParams>(kernel, {(unsigned) (m + 127) / 128, (unsigned) (n + 127) / 128, 1}, 256, m, n, k);
}
TEST(gemmMatchesDouble) {
  manyTokens<Bf16>(kvlab_cpu_gemm_bf16, 1, 8, 32);
  manyTokens<Bf16>(kvlab_cpu_gemm_bf16, 129, 136, 96);
  manyTokens<Bf16>(kvlab_cpu_gemm_bf16, 128, 256, 64);
  manyTokens<Fp16>(kvlab_cpu_gemm_fp16, 100, 248, 256);
}
