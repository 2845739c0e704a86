#include "decode_cases.h"
#include "decode_bulk.cu"
#include "decode_mma.cu"
#include "decode_ref.cu"

/** Both address modes of kernel family `kind` for one type and head size. */
#define MATCHES_DOUBLE(kind, perQueryHead, T, type, D)                                                                   \
  for (const DecodeCase& c : decodeCases()) {                                                                            \
    testDecode<T, D>("paged_decode_" #kind "_" #type "_d" #D,                                                             \
        {kvlab_cpu_paged_decode_##kind##_##type##_d##D, perQueryHead}, false, c, 11);                                     \
    testDecode<T, D>("contiguous_decode_" #kind "_" #type "_d" #D,                                                        \
        {kvlab_cpu_contiguous_decode_##kind##_##type##_d##D, perQueryHead}, true, c, 12);                                 \
  }

TEST(decodeRefMatchesDoubleBf16D64) { MATCHES_DOUBLE(ref, true, Bf16, bf16, 64) }
TEST(decodeRefMatchesDoubleBf16D128) { MATCHES_DOUBLE(ref, true, Bf16, bf16, 128) }
TEST(decodeRefMatchesDoubleFp16D64) { MATCHES_DOUBLE(ref, true, Fp16, fp16, 64) }
TEST(decodeRefMatchesDoubleFp16D128) { MATCHES_DOUBLE(ref, true, Fp16, fp16, 128) }
TEST(decodeMmaMatchesDoubleBf16D64) { MATCHES_DOUBLE(mma, false, Bf16, bf16, 64) }
TEST(decodeMmaMatchesDoubleBf16D128) { MATCHES_DOUBLE(mma, false, Bf16, bf16, 128) }
TEST(decodeMmaMatchesDoubleFp16D64) { MATCHES_DOUBLE(mma, false, Fp16, fp16, 64) }
TEST(decodeMmaMatchesDoubleFp16D128) { MATCHES_DOUBLE(mma, false, Fp16, fp16, 128) }
TEST(decodeBulkMatchesDoubleBf16D64) { MATCHES_DOUBLE(bulk, false, Bf16, bf16, 64) }
TEST(decodeBulkMatchesDoubleBf16D128) { MATCHES_DOUBLE(bulk, false, Bf16, bf16, 128) }
TEST(decodeBulkMatchesDoubleFp16D64) { MATCHES_DOUBLE(bulk, false, Fp16, fp16, 64) }
TEST(decodeBulkMatchesDoubleFp16D128) { MATCHES_DOUBLE(bulk, false, Fp16, fp16, 128) }

/** The same sequences in pages and in reservations: one kernel, two ways to find the same numbers, so equal bits. */
TEST(addressModesGiveEqualBits) {
  Random random(15);
  const DecodeCase& c = decodeCases()[1];
  KvFixture<Bf16> paged(128, c.kvHeads, c.pageTokens, false, c.lengths, random), contiguous(128, c.kvHeads, c.pageTokens, true, c.lengths, random);
  paged.fill(random);
  for (int row = 0; row < (int) c.lengths.size(); row++) {
    for (int head = 0; head < c.kvHeads; head++) {
      for (int t = 0; t < c.lengths[row]; t++) {
        std::copy_n(&paged.key[paged.at(row, head, t)], 128, &contiguous.key[contiguous.at(row, head, t)]);
        std::copy_n(&paged.value[paged.at(row, head, t)], 128, &contiguous.value[contiguous.at(row, head, t)]);
      }
    }
  }
  const Bits query = random.floats<Bf16>(c.lengths.size() * c.kvHeads * c.group * 128);
  const Bits a = runDecode<Bf16, 128>({kvlab_cpu_paged_decode_mma_bf16_d128}, paged, query, c.group, c.splitTokens);
  const Bits b = runDecode<Bf16, 128>({kvlab_cpu_contiguous_decode_mma_bf16_d128}, contiguous, query, c.group, c.splitTokens);
  check(a == b, "paged and contiguous outputs differ");
  const Bits bulk = runDecode<Bf16, 128>({kvlab_cpu_paged_decode_bulk_bf16_d128}, paged, query, c.group, c.splitTokens);
  check(a == bulk, "tiles from memory and from shared memory give different outputs");
}
