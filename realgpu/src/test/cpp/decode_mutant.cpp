// What mutate.py compiles against each broken copy of decode_mma.cu: one variant of it, all cases.
#include "decode_cases.h"
#include "decode_mma.cu"

TEST(decodeMmaPagedBf16D128) {
  for (const DecodeCase& c : decodeCases()) {
    testDecode<Bf16, 128>("paged_decode_mma_bf16_d128", kvlab_cpu_paged_decode_mma_bf16_d128, false, false, c, 11);
  }
}
