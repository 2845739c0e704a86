// A stand-in for NVIDIA's libcuda.so.1: the part of the driver API that kvlab calls, over host memory. Kernels are those
// of src/main/cuda, compiled for the CPU (the CPU twin) and found in libkvlab_twin.so beside this library. Work runs at
// once in the calling thread, so a stream is always idle. It is for tests: it proves what the calls do, never how fast.
//
//   device.cpp   starting, devices, contexts, what tests can set and count
//   memory.cpp   allocations, copies, virtual memory
//   work.cpp     modules, launches, streams, events, graphs
#pragma once
#include <cstddef>
#include <cstdint>
#include <mutex>

typedef int Result;
typedef unsigned long long DevicePointer;

enum : Result {
  SUCCESS = 0,
  INVALID_VALUE = 1,
  OUT_OF_MEMORY = 2,
  NOT_INITIALIZED = 3,
  NO_DEVICE = 100,
  INVALID_DEVICE = 101,
  INVALID_CONTEXT = 201,
  INVALID_PTX = 218,
  FILE_NOT_FOUND = 301,
  INVALID_HANDLE = 400,
  NOT_FOUND = 500,
  ILLEGAL_ADDRESS = 700,
  STREAM_CAPTURE_UNSUPPORTED = 900,
};

namespace standin {

constexpr size_t MAPPING_BYTES = 2u << 20;  // what the driver hands out and maps device memory in

/** What is open, for tests that look for leaks; the order is that of StandIn.java. */
enum Counter { CONTEXTS, ALLOCATIONS, PINNED, MAPPINGS, RANGES, STREAMS, EVENTS, MODULES, GRAPHS, LAUNCHES, COUNTERS };

/** What the pretended machine has. */
struct Machine {
  size_t memoryBytes;
  int devices, driverVersion, computeMajor;
};

extern Machine machine;
extern long counters[COUNTERS];
extern std::recursive_mutex mutex;

/** Whether the calling thread may use the device; if not, the code to return. */
Result ready();

/** Whether the bytes lie inside one allocation or mapped range. */
bool isDeviceMemory(DevicePointer address, size_t bytes);

/** ILLEGAL_ADDRESS once anything was written behind the end of an allocation. */
Result checkFences();


}  // namespace standin

#define API extern "C" __attribute__((visibility("default"))) Result
#define LOCKED std::lock_guard<std::recursive_mutex> guard(standin::mutex)
#define REQUIRE_READY \
  LOCKED;             \
  if (Result notReady = standin::ready()) return notReady
