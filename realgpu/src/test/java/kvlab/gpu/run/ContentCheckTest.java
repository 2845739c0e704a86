package kvlab.gpu.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import kvlab.gpu.TestDevice;
import kvlab.gpu.device.Device;
import kvlab.gpu.kernel.Addressing;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import kvlab.metrics.StepView;
import kvlab.sched.IntList;
import kvlab.sched.Requests;
import kvlab.step.Batch;
import kvlab.workload.InputException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The check that keeps watch over the slots notices what it is there for. */
final class ContentCheckTest {
  private static final Pool POOL = new Pool(4, 16);

  private final Requests requests = new Requests();
  private final PageTable table = new PageTable(POOL, 4);
  private final Batch batch = new Batch(4);

  @BeforeEach
  void twin() {
    TestDevice.require();
  }

  @AfterEach
  void nothingIsLeftOpen() {
    TestDevice.assertNothingOpen();
  }

  private static DeviceClock clock(Device device) {
    return new DeviceClock(
        device,
        LlamaShape.TINY,
        Addressing.PAGED,
        POOL.pages(),
        POOL.pageTokens(),
        new DeviceClock.Limits(4, 64, 64),
        1);
  }

  /** A step in which something finishes. */
  private static StepView finishing() {
    IntList finished = new IntList();
    finished.add(0);
    return (StepView) Proxy.newProxyInstance(
        StepView.class.getClassLoader(),
        new Class<?>[] {StepView.class},
        (proxy, method, args) -> switch (method.getName()) {
          case "finished" -> finished;
          case "index" -> 7L;
          default -> throw new UnsupportedOperationException(method.getName());
        });
  }

  private void prompt(int row, int tokens) {
    int handle = requests.add(100 + row, 0, tokens, tokens, 0);
    batch.add(handle, row, tokens, 0, false);
  }

  @Test
  void passesWhenEverySlotIsItsOwn() {
    table.append(0, 2);
    table.append(1, 0);
    try (Device device = TestDevice.open();
        DeviceClock clock = clock(device)) {
      clock.check().watch(requests);
      prompt(0, 16);
      prompt(1, 3);
      assertTrue(clock.nanos(batch, table) > 0);
      clock.check().onStep(finishing());
      assertEquals(19, clock.check().checkedSlots());
    }
  }

  @Test
  void noticesAPageOfTwoSequences() {
    table.append(0, 2);
    table.share(1, 2);
    try (Device device = TestDevice.open();
        DeviceClock clock = clock(device)) {
      clock.check().watch(requests);
      prompt(0, 16);
      prompt(1, 3);
      clock.nanos(batch, table);
      String message = String.valueOf(
          assertThrows(IllegalStateException.class, () -> clock.check().onStep(finishing()))
              .getMessage());
      // three slots of the first sequence, K and V, 2 heads of 64 elements in pieces of 8
      assertTrue(message.startsWith("after step 7, 96 of "), message);
    }
  }

  @Test
  void refusesTokensThatSomebodyElseComputed() {
    table.append(0, 2);
    try (Device device = TestDevice.open();
        DeviceClock clock = clock(device)) {
      clock.check().watch(requests);
      int handle = requests.add(5, 0, 9, 9, 0);
      batch.add(handle, 0, 1, 8, false);
      assertThrows(InputException.class, () -> clock.nanos(batch, table));
    }
  }
}
