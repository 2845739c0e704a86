package kvlab.gpu.validate;

import kvlab.capacity.Catalogue;
import kvlab.gpu.kernel.ElementType;
import kvlab.gpu.kernel.HeadShape;
import kvlab.gpu.run.LlamaShape;

/**
 * How much each part does: on a GPU what gpu.md asks for, on the CPU twin the least that goes through all
 * of the code.
 *
 * @param reps timed repetitions of a point
 * @param memoryFractions of the free memory that pools take, in percent
 * @param groupsAndPages of decode attention: query heads per KV head, tokens of a page
 */
@SuppressWarnings("ArrayRecordComponent") // there are two, never compared
record Scale(
    boolean twin,
    int reps,
    int[] memoryFractions,
    int[] batches,
    int[] contexts,
    int[][] groupsAndPages,
    int kvHeads,
    int headSize,
    long mostKvBytes,
    int[] gemmTokens,
    int[][] gemmShapes,
    long copyBytes,
    String model,
    int requests) {
  static final Scale GPU = new Scale(
      false,
      30,
      new int[] {1, 10, 50, 90},
      new int[] {1, 8, 32, 64, 128, 256},
      new int[] {128, 1024, 4096, 8192, 16384, 65536, 131072},
      new int[][] {{4, 16}, {1, 16}, {8, 16}, {4, 64}, {4, 256}},
      8,
      128,
      24L << 30,
      new int[] {
        1, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56,
        64, // four for each kernel, and many
        65, 96, 128, 192, 256, 384, 512, 768, 1024
      },
      new int[][] {
        {6144, 4096}, {4096, 4096}, {28672, 4096}, {4096, 14336}, // of Llama 3.1 8B
        {3072, 2048}, {2048, 2048}, {16384, 2048}, {2048, 8192}, // of Llama 3.2 1B
        {10240, 8192}, {8192, 8192} // of Llama 3.1 70B
      },
      2L << 30,
      "llama-3.1-8b",
      60);

  static final Scale TWIN = new Scale(
      true,
      1,
      new int[] {1, 10, 50},
      new int[] {1, 2},
      new int[] {16, 33, 48},
      new int[][] {{1, 16}, {4, 16}, {1, 32}, {4, 32}},
      2,
      64,
      4L << 20,
      new int[] {1, 4, 8, 12, 16, 65, 72},
      new int[][] {{32, 128}, {128, 128}},
      1L << 20,
      "llama-3.1-8b",
      4);

  /** What runs the steps: the model, or on the CPU twin a tiny one in its place. */
  LlamaShape shape() {
    return twin
        ? LlamaShape.TINY
        : LlamaShape.of(Catalogue.open().model(model), ElementType.BF16, 0);
  }

  HeadShape heads(int group) {
    return new HeadShape(kvHeads, group, headSize, ElementType.BF16);
  }
}
