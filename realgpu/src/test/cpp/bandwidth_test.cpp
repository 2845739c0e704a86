#include "bandwidth.cu"
#include "harness.h"

TEST(readSumAndCopySeeEveryVectorOnce) {
  for (int vectors : {0, 1, 255, 2048, 2049, 3 * 2048 + 77}) {
    Random random(71);
    std::vector<uint4> in(vectors + 1), out(vectors + 1, uint4{1, 2, 3, 4});
    unsigned expected = 0;
    for (int i = 0; i < vectors; i++) {
      for (unsigned* word : {&in[i].x, &in[i].y, &in[i].z, &in[i].w}) expected += *word = (unsigned) random.engine();
    }
    in[vectors] = {5, 5, 5, 5};  // past the end
    std::vector<unsigned> sums(3, 99);
    launch(kvlab_cpu_read_sum, {3, 1, 1}, 256, ReadSumParams{sums.data(), in.data(), vectors});
    check(sums[0] + sums[1] + sums[2] == expected, "%d vectors: wrong sum", vectors);
    launch(kvlab_cpu_stream_copy, {2, 1, 1}, 256, StreamCopyParams{out.data(), in.data(), vectors});
    check(!memcmp(out.data(), in.data(), vectors * sizeof(uint4)), "%d vectors: wrong copy", vectors);
    check(out[vectors].x == 1 && out[vectors].w == 4, "%d vectors: copied too much", vectors);
  }
}
