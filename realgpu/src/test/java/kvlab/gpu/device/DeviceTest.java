package kvlab.gpu.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import kvlab.gpu.TestDevice;
import kvlab.workload.InputException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The driver's calls: against the stand-in, which checks their arguments and counts what is open, or
 * against the real one.
 */
final class DeviceTest {
  private static final long MIB = 1 << 20;

  @BeforeEach
  void device() {
    TestDevice.require();
  }

  @AfterEach
  void nothingIsLeftOpen() {
    TestDevice.assertNothingOpen();
  }

  @Test
  void copiesThereAndBack() {
    try (Device device = Device.open(0);
        DeviceMemory memory = device.allocate(64)) {
      int[] numbers = {1, -2, 3, 4, 5, 6, 7, 8};
      memory.write(numbers);
      int[] back = new int[8];
      memory.read(back);
      assertArrayEquals(numbers, back);
      ByteBuffer two = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
      memory.read(4, two);
      assertEquals(-2, two.getInt(0));
      assertEquals(3, two.getInt(4));
    }
  }

  @Test
  void newMemoryHoldsNoNumbers() {
    TestDevice.requireTwin();
    try (Device device = Device.open(0);
        DeviceMemory memory = device.allocate(16)) {
      float[] found = new float[4];
      memory.read(found);
      for (float each : found) {
        assertTrue(Float.isNaN(each));
      }
    }
  }

  @Test
  void copiesInTheOrderOfTheStream() {
    try (Device device = Device.open(0);
        Stream stream = device.stream();
        PinnedMemory host = device.pin(32);
        DeviceMemory first = device.allocate(32);
        DeviceMemory second = device.allocate(32)) {
      host.buffer(0, 32).asIntBuffer().put(new int[] {10, 11, 12, 13, 14, 15, 16, 17});
      first.write(0, host, 0, 32, stream);
      second.fill(0, stream);
      second.copy(8, first, 0, 8, stream);
      second.read(0, host, 0, 32, stream);
      stream.synchronize();
      int[] back = new int[8];
      host.buffer(0, 32).asIntBuffer().get(back);
      assertArrayEquals(new int[] {0, 0, 10, 11, 0, 0, 0, 0}, back);
    }
  }

  @Test
  void refusesCopiesBeyondTheEnd() {
    try (Device device = Device.open(0);
        Stream stream = device.stream();
        PinnedMemory host = device.pin(16);
        DeviceMemory memory = device.allocate(16)) {
      assertThrows(IndexOutOfBoundsException.class, () -> memory.write(new int[5]));
      assertThrows(IndexOutOfBoundsException.class, () -> memory.write(8, host, 0, 9, stream));
      assertThrows(IndexOutOfBoundsException.class, () -> memory.write(0, host, 8, 9, stream));
      assertThrows(IndexOutOfBoundsException.class, () -> host.buffer(-1, 4));
    }
  }

  @Test
  void anAllocationTooLargeSaysWhichCallAndChangesNothing() {
    TestDevice.requireTwin();
    TestDevice.pretend(64 * MIB);
    try (Device device = Device.open(0)) {
      long free = device.freeBytes();
      List<DeviceMemory> held = new ArrayList<>();
      CudaException e = assertThrows(CudaException.class, () -> {
        while (true) {
          held.add(device.allocate(10 * MIB));
        }
      });
      assertEquals(6, held.size());
      assertEquals("cuMemAlloc of 10485760 bytes: CUDA_ERROR_OUT_OF_MEMORY (2)", e.getMessage());
      assertTrue(e.isOutOfMemory());
      assertEquals(free - 60 * MIB, device.freeBytes());
      held.forEach(DeviceMemory::close);
      assertEquals(free, device.freeBytes());
    }
  }

  @Test
  void mapsPagesUntilThereAreNone() {
    TestDevice.requireTwin();
    TestDevice.pretend(8 * MIB);
    try (Device device = Device.open(0);
        VirtualMemory range = new VirtualMemory(0, 100 * MIB)) {
      assertEquals(2 * MIB, range.pageBytes());
      for (int page = 1; page <= 4; page++) {
        range.mapNext();
        assertEquals((4 - page) * 2 * MIB, device.freeBytes());
      }
      CudaException e = assertThrows(CudaException.class, range::mapNext);
      assertTrue(e.isOutOfMemory(), e.getMessage());
      assertEquals(4, range.mappedPages());
      range.unmapLast();
      assertEquals(2 * MIB, device.freeBytes());
      range.mapNext();
    }
  }

  @Test
  void aRangeEnds() {
    try (Device device = Device.open(0);
        VirtualMemory range = new VirtualMemory(0, 1)) {
      range.mapNext();
      assertThrows(IndexOutOfBoundsException.class, range::mapNext);
      assertFalse(device.describe().label().isEmpty());
    }
  }

  @Test
  void eventsAreInOrder() {
    try (Device device = Device.open(0);
        Stream stream = device.stream();
        Event before = device.event();
        Event after = device.event();
        DeviceMemory memory = device.allocate(MIB)) {
      before.record(stream);
      memory.fill(1, stream);
      after.record(stream);
      after.synchronize();
      assertTrue(after.nanosSince(before) > 0);
      assertTrue(before.nanosSince(after) < 0);
    }
  }

  @Test
  void anEventThatNeverPassedHasNoTime() {
    TestDevice.requireTwin();
    try (Device device = Device.open(0);
        Event one = device.event();
        Event other = device.event()) {
      CudaException e = assertThrows(CudaException.class, () -> one.nanosSince(other));
      assertEquals("cuEventElapsedTime: CUDA_ERROR_INVALID_HANDLE (400)", e.getMessage());
    }
  }

  @Test
  void aGraphRunsWhatWasRecordedEachTimeItIsLaunched() {
    try (Device device = Device.open(0);
        Stream stream = device.stream();
        DeviceMemory memory = device.allocate(4);
        DeviceMemory copy = device.allocate(4)) {
      memory.write(new int[] {1});
      copy.write(new int[] {0});
      try (Graph graph = stream.capture(() -> copy.copy(0, memory, 0, 4, stream))) {
        int[] found = new int[1];
        copy.read(found);
        assertEquals(0, found[0], "recording runs nothing");
        graph.launch(stream);
        memory.write(new int[] {2});
        graph.launch(stream);
        stream.synchronize();
        copy.read(found);
        assertEquals(2, found[0]);
      }
    }
  }

  @Test
  void aFailureWhileRecordingLeavesTheStreamUsable() {
    try (Device device = Device.open(0);
        Stream stream = device.stream()) {
      assertThrows(
          IllegalStateException.class,
          () -> stream.capture(() -> {
            throw new IllegalStateException("in the middle");
          }));
      stream.synchronize();
    }
  }

  @Test
  void closingTwiceIsOnce() {
    try (Device device = Device.open(0)) {
      DeviceMemory memory = device.allocate(16);
      memory.close();
      memory.close();
    }
  }

  @Test
  void saysWhatIsMissing() {
    TestDevice.requireTwin();
    StandIn.pretend(MIB, 0, 13000, 9);
    assertEquals(
        "no GPU: there is a CUDA driver, but it has no device (cuInit: 100)",
        assertThrows(InputException.class, () -> Device.open(0)).getMessage());
    StandIn.pretend(MIB, 1, 11040, 9);
    assertEquals(
        "the CUDA driver is too old: it is of CUDA 11.4, and the kernels need 11.8 (r520) or later",
        assertThrows(InputException.class, () -> Device.open(0)).getMessage());
    StandIn.pretend(MIB, 1, 13000, 7);
    assertEquals(
        "CPU twin (stand-in driver) is of compute capability 7.0; the kernels need 8.0 (Ampere) or"
            + " later",
        assertThrows(InputException.class, () -> Device.open(0)).getMessage());
    StandIn.pretend(MIB, 1, 13000, 9);
    assertEquals(
        "there is no device 1; there are 1",
        assertThrows(InputException.class, () -> Device.open(1)).getMessage());
  }

  @Test
  void isMarkedAsNoGpu() {
    TestDevice.requireTwin();
    try (Device device = Device.open(0)) {
      assertTrue(device.describe().cpuTwin());
      assertTrue(device.describe().label().startsWith("CPU twin"));
    }
  }

  @Test
  void ptxThatIsNoneIsRefusedWithTheCompilersWords() {
    TestDevice.requireTwin();
    try (Device device = Device.open(0)) {
      CudaException e = assertThrows(
          CudaException.class,
          () -> device.load(
              "nonsense", "nonsense".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
      assertEquals(
          "cuModuleLoadDataEx nonsense (ptxas fatal: no .version or .target: this is not PTX):"
              + " CUDA_ERROR_INVALID_PTX (218)",
          e.getMessage());
    }
  }
}
