#include "harness.h"
#include "step.cu"

static double rounded(double x, bool bf16) { return bf16 ? Bf16::toFloat(Bf16::fromFloat((float) x)) : Fp16::toFloat(Fp16::fromFloat((float) x)); }

template <class T>
static void rmsNormMatchesDouble(Launch kernel, bool withInput) {
  for (int hidden : {8, 2048, 4104}) {
    const int tokens = 3;
    const float epsilon = 1e-5f;
    Random random(51);
    const Bits residual = random.floats<T>(tokens * hidden), input = random.floats<T>(tokens * hidden), weight = random.floats<T>(hidden);
    Bits sum = residual, out(residual.size(), NAN_BITS);
    launch(kernel, {3, 1, 1}, 256, RmsNormParams{out.data(), sum.data(), withInput ? input.data() : nullptr, weight.data(), hidden, epsilon});
    RelativeL2 error;
    for (int token = 0; token < tokens; token++) {
      double squares = 0;
      for (int i = token * hidden; i < (token + 1) * hidden; i++) {
        const double x = T::toFloat(residual[i]) + (withInput ? T::toFloat(input[i]) : 0);
        check(T::toFloat(sum[i]) == rounded(x, std::is_same<T, Bf16>::value), "hidden %d: residual %d", hidden, i);
        squares += (double) T::toFloat(sum[i]) * T::toFloat(sum[i]);
      }
      const double scale = 1 / std::sqrt(squares / hidden + epsilon);
      for (int i = 0; i < hidden; i++) {
        error.add(T::toFloat(out[token * hidden + i]), T::toFloat(sum[token * hidden + i]) * scale * T::toFloat(weight[i]));
      }
    }
    error.check(typeName<T>());
  }
}

TEST(rmsNormMatchesDouble) {
  for (bool withInput : {false, true}) {
    rmsNormMatchesDouble<Bf16>(kvlab_cpu_rms_norm_bf16, withInput);
    rmsNormMatchesDouble<Fp16>(kvlab_cpu_rms_norm_fp16, withInput);
  }
}

template <class T>
static void siluMulMatchesDouble(Launch kernel) {
  for (int inner : {8, 2056}) {
    const int tokens = 2;
    Random random(52);
    Bits gateUp = random.floats<T>(tokens * 2 * inner, 4), out(tokens * inner + 8, NAN_BITS);
    gateUp[0] = T::fromFloat(-300), gateUp[1] = T::fromFloat(300);
    launch(kernel, {(unsigned) (inner + 2047) / 2048, 2, 1}, 256, SiluMulParams{out.data(), gateUp.data(), inner});
    RelativeL2 error;
    for (int i = 0; i < tokens * inner; i++) {
      const double gate = T::toFloat(gateUp[i / inner * 2 * inner + i % inner]), up = T::toFloat(gateUp[i / inner * 2 * inner + inner + i % inner]);
      error.add(T::toFloat(out[i]), gate / (1 + std::exp(-gate)) * up);
    }
    error.check(typeName<T>());
    check(out[tokens * inner] == NAN_BITS, "wrote past the end");
  }
}

TEST(siluMulMatchesDouble) {
  siluMulMatchesDouble<Bf16>(kvlab_cpu_silu_mul_bf16);
  siluMulMatchesDouble<Fp16>(kvlab_cpu_silu_mul_fp16);
}

TEST(embedCopiesRows) {
  Random random(53);
  const int hidden = 2056;
  const Bits weights = random.floats<Bf16>(5 * hidden);
  const std::vector<int> ids = {4, 0, 4};
  Bits out(3 * hidden, NAN_BITS);
  launch(kvlab_cpu_embed, {3, 1, 1}, 256, EmbedParams{out.data(), weights.data(), ids.data(), hidden});
  for (int i = 0; i < 3 * hidden; i++) check(out[i] == weights[ids[i / hidden] * hidden + i % hidden], "element %d", i);
}

template <class T>
static void argmaxPicksTheFirstLargest(Launch kernel) {
  const int vocabulary = 4104, rows = 6;
  Random random(54);
  Bits logits = random.floats<T>(rows * vocabulary);
  std::vector<int> expected(rows), ids(rows, -7);
  for (int row = 0; row < rows; row++) {
    uint16_t* logit = &logits[row * vocabulary];
    if (row == 1) logit[4100] = logit[17] = logit[2300] = T::fromFloat(100);  // a tie across threads and turns
    if (row == 2) for (int i = 0; i < vocabulary; i++) logit[i] = T::fromFloat(-5);
    if (row == 3) logit[8] = NAN_BITS;
    if (row == 4) logit[vocabulary - 1] = T::fromFloat(50);
    if (row == 5) for (int i = 0; i < vocabulary; i++) logit[i] = NAN_BITS;
    for (int i = 1; i < vocabulary; i++) {
      const float best = T::toFloat(logit[expected[row]]), x = T::toFloat(logit[i]);
      if (x > best) expected[row] = i;
    }
  }
  launch(kernel, {(unsigned) rows, 1, 1}, 256, ArgmaxParams{ids.data(), logits.data(), vocabulary});
  for (int row = 0; row < rows; row++) check(ids[row] == expected[row], "%s row %d: %d instead of %d", typeName<T>(), row, ids[row], expected[row]);
}

TEST(argmaxPicksTheFirstLargest) {
  argmaxPicksTheFirstLargest<Bf16>(kvlab_cpu_argmax_bf16);
  argmaxPicksTheFirstLargest<Fp16>(kvlab_cpu_argmax_fp16);
}
