// The output of the primitives: against values worked out here from the PTX manual's fragment tables, and against the
// committed file that a device is compared with. KVLAB_WRITE_GOLDEN=1 writes the file anew.
#include <fstream>
#include <sstream>

#include "conformance.cu"
#include "harness.h"

static const char* const GOLDEN = "conformance.csv";

static std::vector<unsigned> output() {
  std::vector<unsigned> out(CONFORMANCE_TESTS * 32 * 4 + 4, 0);
  unsigned* aligned = (unsigned*) (((uintptr_t) out.data() + 15) & ~(uintptr_t) 15);
  launch(kvlab_cpu_primitive_conformance, {1, 1, 1}, 32, ConformanceParams{aligned});
  return std::vector<unsigned>(aligned, aligned + CONFORMANCE_TESTS * 32 * 4);
}

static std::string asCsv(const std::vector<unsigned>& out) {
  static const char* const names[CONFORMANCE_TESTS] = {"mma_bf16", "mma_fp16", "transpose", "load_matrix",
      "load_matrix_transposed", "permute_bytes", "shuffle", "pack_bf16", "pack_fp16", "unpack", "copy_async", "multiply_high"};
  std::string text = "test,lane,word0,word1,word2,word3\n";
  char line[100];
  for (int i = 0; i < CONFORMANCE_TESTS * 32; i++) {
    snprintf(line, sizeof line, "%s,%d,%08x,%08x,%08x,%08x\n", names[i / 32], i % 32, out[i * 4], out[i * 4 + 1], out[i * 4 + 2], out[i * 4 + 3]);
    text += line;
  }
  return text;
}

TEST(primitivesGiveTheCommittedBits) {
  const std::string actual = asCsv(output());
  if (getenv("KVLAB_WRITE_GOLDEN")) std::ofstream(GOLDEN) << actual;
  std::stringstream expected;
  expected << std::ifstream(GOLDEN).rdbuf();
  check(actual == expected.str(), "%s differs from what the primitives give", GOLDEN);
}

TEST(mmaFollowsTheFragmentTables) {
  const std::vector<unsigned> out = output();
  // "Matrix Fragments for mma.m16n8k16 with floating point type": element i of a lane's fragment, by its row and column
  double a[16][16], b[16][8], c[16][8];
  for (int lane = 0; lane < 32; lane++) {
    const int group = lane >> 2, inGroup = lane % 4;
    for (int i = 0; i < 8; i++) {
      const int row = (i < 2 || (i >= 4 && i < 6)) ? group : group + 8, column = inGroup * 2 + (i & 1) + (i >= 4 ? 8 : 0);
      a[row][column] = smallInteger(lane * 8 + i);
    }
    for (int i = 0; i < 4; i++) {
      const int row = inGroup * 2 + (i & 1) + (i >= 2 ? 8 : 0);
      b[row][group] = i & 1 ? smallInteger(lane * 11 + i / 2 + 5) : smallInteger(lane * 5 + i / 2 * 7 + 3);
    }
    for (int i = 0; i < 4; i++) c[i < 2 ? group : group + 8][inGroup * 2 + (i & 1)] = smallInteger(lane + i);
  }
  for (int lane = 0; lane < 32; lane++) {
    for (int i = 0; i < 4; i++) {
      const int row = i < 2 ? lane >> 2 : (lane >> 2) + 8, column = lane % 4 * 2 + (i & 1);
      double sum = c[row][column];
      for (int k = 0; k < 16; k++) sum += a[row][k] * b[k][column];
      check(__uint_as_float(out[(MMA_BF16 * 32 + lane) * 4 + i]) == sum, "bf16 row %d column %d", row, column);
      check(__uint_as_float(out[(MMA_FP16 * 32 + lane) * 4 + i]) == sum, "fp16 row %d column %d", row, column);
    }
  }
}

TEST(binary16RoundsLikeTheNearestTableEntry) {
  // all finite binary16 numbers, in order, found by decoding every pattern with the format's definition
  std::vector<double> value;
  for (unsigned bits = 0; bits < 0x7c00; bits++) {
    const int exponent = (int) (bits >> 10);
    value.push_back(exponent ? std::ldexp(1024 + (bits & 1023), exponent - 25) : std::ldexp(bits & 1023, -24));
    check(Fp16::toFloat((uint16_t) bits) == value[bits], "pattern %04x", bits);
  }
  for (unsigned bits = 0; bits + 1 < 0x7c00; bits++) {
    const double middle = (value[bits] + value[bits + 1]) / 2;
    const unsigned even = bits + (bits & 1);
    check(Fp16::fromFloat((float) middle) == even, "tie after %04x", bits);
    check(Fp16::fromFloat(std::nextafterf((float) middle, 0)) == bits, "below the tie after %04x", bits);
    check(Fp16::fromFloat(-std::nextafterf((float) middle, 1e9f)) == ((bits + 1) | 0x8000), "above the tie after %04x", bits);
  }
  check(Fp16::fromFloat(65519.99f) == 0x7bff && Fp16::fromFloat(65520) == 0x7c00, "largest binary16");
}
