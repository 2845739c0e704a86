// What mutate.py compiles against each broken copy of the decode kernels: one variant of each, all cases.
#include "decode_bulk.cu"
#include "decode_cases.h"
#include "decode_mma.cu"

TEST(decodeMmaPagedBf16D128) {
  for (const DecodeCase& c : decodeCases()) {
    testDecode<Bf16, 128>("paged_decode_mma_bf16_d128", {kvlab_cpu_paged_decode_mma_bf16_d128}, false, c, 11);
  }
}

TEST(decodeBulkPagedBf16D128) {
  for (const DecodeCase& c : decodeCases()) {
    testDecode<Bf16, 128>("paged_decode_bulk_bf16_d128", {kvlab_cpu_paged_decode_bulk_bf16_d128}, false, c, 11);
  }
}
