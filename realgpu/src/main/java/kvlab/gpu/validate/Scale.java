package kvlab.gpu.validate;

import kvlab.gpu.kernel.ElementType;
import kvlab.gpu.kernel.HeadShape;

/**
 * How much each part does: on a GPU what gpu.md asks for, on the CPU twin the least that goes through all
 * of the code.
 *
 * @param reps timed repetitions of a point
 * @param memoryFractions of the free memory that pools take, in percent
 */
@SuppressWarnings("ArrayRecordComponent") // there are two, never compared
record Scale(
    boolean twin,
    int reps,
    int[] memoryFractions,
    int[] batches,
    int[] contexts,
    int[] pageTokens,
    int[] groups,
    int kvHeads,
    int headSize,
    long mostKvBytes,
    int[] gemmTokens,
    int[][] gemmShapes,
    long copyBytes,
    String model,
    String stepModel,
    int requests) {
  static final Scale GPU = new Scale(
      false,
      30,
      new int[] {1, 10, 50, 90},
      new int[] {1, 8, 32, 64, 128, 256},
      new int[] {128, 1024, 4096, 8192, 16384, 65536, 131072},
      new int[] {16, 64, 256},
      new int[] {1, 4, 8},
      8,
      128,
      24L << 30,
      new int[] {1, 4, 8, 16, 32, 64, 96, 128, 192, 256},
      new int[][] {{6144, 4096}, {4096, 4096}, {28672, 4096}, {4096, 14336}},
      2L << 30,
      "llama-3.1-8b",
      "llama-3.1-8b",
      400);

  static final Scale TWIN = new Scale(
      true,
      1,
      new int[] {1, 10, 50},
      new int[] {1, 2},
      new int[] {16, 33, 48},
      new int[] {16, 32},
      new int[] {1, 4},
      2,
      64,
      4L << 20,
      new int[] {1, 8, 16, 72},
      new int[][] {{32, 128}, {128, 128}},
      1L << 20,
      "llama-3.1-8b",
      "tiny",
      4);

  HeadShape heads(int group) {
    return new HeadShape(kvHeads, group, headSize, ElementType.BF16);
  }
}
