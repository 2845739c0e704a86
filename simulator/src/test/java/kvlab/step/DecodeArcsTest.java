package kvlab.step;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import kvlab.capacity.Catalogue;
import kvlab.capacity.KvDtype;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import kvlab.study.Hardware;
import kvlab.study.StepTimes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Decode attention read off parabolas against the kernel's own equation, and steps foreseen against steps taken. */
final class DecodeArcsTest {
  private static final PageTable TABLE = new PageTable(new Pool(1, 16), 1);
  private static final Heads ALONE = new Heads(32, 32, 128, 2 * 32 * 128 * 2);
  private static final Heads GROUPED = new Heads(32, 8, 128, 2 * 8 * 128 * 2);
  private static final Device A100 = new Device(2039, 312_000, 40e6, 108);

  @Test
  void staysWithinAFewHundredthsOfAPercentOfTheKernel() {
    Constants constants = Constants.least()
        .with(Constant.DECODE_LAUNCH_NS, 5000)
        .with(Constant.DECODE_BANDWIDTH, 0.8)
        .with(Constant.DECODE_KEY_NS, 10)
        .with(Constant.DECODE_BLOCK_NS, 1500)
        .with(Constant.DECODE_COMBINE_NS, 3000);
    Kernels kernels = new Kernels(A100, constants);
    for (Heads heads : new Heads[] {ALONE, GROUPED}) {
      DecodeArcs arcs = new DecodeArcs(kernels, heads);
      for (int sequences : new int[] {1, 2, 3, 7, 30, 110, 256}) {
        for (int context = 1; context <= 9000; context += context < 300 ? 1 : 37) {
          double exact = kernels.decode(sequences, (double) sequences * context, heads);
          double allowed = context <= 64 ? 8e-3 : context <= 256 ? 3e-3 : 1e-4;
          assertEquals(
              exact,
              arcs.nanos(sequences, (double) sequences * context),
              allowed * exact,
              sequences + " sequences of " + context);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"llama-2-7b, a100-80g", "llama-3.1-8b, h100", "mixtral-8x7b, a100-80g"})
  void foreseesTheStepsThatAreTaken(String model, String gpu) {
    Hardware hardware = new Hardware(
        Catalogue.open().model(model), Catalogue.open().gpu(gpu), KvDtype.named("auto"), 1);
    StepClock clock = StepTimes.parse("roofline", hardware);
    StepClock other = StepTimes.parse("roofline", hardware);
    for (long seed = 0; seed < 100; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Batch batch = new Batch(300);
      int sequences = 1 + random.nextInt(random.nextBoolean() ? 4 : 300);
      for (int i = 0; i < sequences; i++) {
        batch.add(i, i, 1, 1 + random.nextInt(3000), true);
      }
      batch.pause(random.nextInt(3) * 1000);
      int most = 1 + random.nextInt(1000);
      long[] foreseen = new long[most];
      long within = random.nextBoolean() ? Long.MAX_VALUE : random.nextLong(5_000_000_000L);
      int steps = clock.repeated(batch, TABLE, foreseen, most, within);
      long[] taken = new long[steps];
      long sum = 0;
      for (int step = 0; step < steps; step++) {
        assertTrue(step == 0 || sum < within, "seed=" + seed);
        taken[step] = other.nanos(batch, TABLE);
        sum += taken[step];
        batch.repeat(1);
      }
      assertTrue(steps == most || sum >= within, "seed=" + seed);
      assertArrayEquals(taken, Arrays.copyOf(foreseen, steps), "seed=" + seed);
    }
  }
}
