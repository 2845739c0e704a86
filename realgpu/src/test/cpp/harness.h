// A test driver of one file: TEST(name) { ... check(...) ... } registers itself; main runs all whose name contains the
// first argument. Kernels run on the CPU twin, references are computed in double from the same 16-bit inputs.
#pragma once
#include <chrono>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "primitives.cuh"

using Bits = std::vector<uint16_t>;
using Launch = void (*)(unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, const void*);

constexpr uint16_t NAN_BITS = 0x7fff;  // NaN as bfloat16 and as binary16
constexpr double TOLERANCE = 4e-3;     // relative L2 against the double reference

struct Test {
  const char* name;
  void (*run)();
};
inline std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}
struct Register {
  Register(const char* name, void (*run)()) { tests().push_back({name, run}); }
};
#define TEST(name)                               \
  static void name();                            \
  static const Register name##_entry(#name, name); \
  static void name()

inline int& failures() {
  static int count = 0;
  return count;
}
inline void check(bool holds, const char* format, ...) __attribute__((format(printf, 2, 3)));
inline void check(bool holds, const char* format, ...) {
  if (holds) return;
  failures()++;
  va_list arguments;
  va_start(arguments, format);
  printf("  FAILED ");
  vprintf(format, arguments);
  printf("\n");
  va_end(arguments);
}

/** What the element types are called in kernel names. */
template <class T>
constexpr const char* typeName() {
  return std::is_same<T, Bf16>::value ? "bf16" : "fp16";
}

/** Sum of squared errors against a reference; a NaN makes the error NaN, which no check accepts. */
struct RelativeL2 {
  double error = 0, reference = 0;
  void add(double actual, double expected) {
    error += (actual - expected) * (actual - expected);
    reference += expected * expected;
  }
  double value() const { return error == 0 ? 0 : std::sqrt(error / reference); }
  void check(const char* what, double limit = TOLERANCE) const {
    ::check(value() <= limit, "%s: relative L2 %.3e, allowed %.1e", what, value(), limit);
  }
};

struct Random {
  std::mt19937_64 engine;
  explicit Random(uint64_t seed) : engine(seed) {}
  int below(int n) { return (int) (engine() % (uint64_t) n); }
  double gaussian() {
    const double u = ((engine() >> 11) + 0.5) * 0x1p-53, v = (engine() >> 11) * 0x1p-53;
    return std::sqrt(-2 * std::log(u)) * std::cos(6.283185307179586 * v);
  }
  template <class T>
  Bits floats(size_t n, double deviation = 1) {
    Bits all(n);
    for (uint16_t& x : all) x = T::fromFloat((float) (gaussian() * deviation));
    return all;
  }
  void shuffle(std::vector<int>& a) {
    for (size_t i = a.size(); i > 1; i--) std::swap(a[i - 1], a[below((int) i)]);
  }
};

template <class Params>
void launch(Launch kernel, dim3 grid, unsigned threads, const Params& params) {
  kernel(grid.x, grid.y, grid.z, threads, 1, 1, 0, &params);
}
