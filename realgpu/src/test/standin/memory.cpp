// Allocations, copies, and virtual memory. New memory is 0xff, which is NaN in every float format, so what a kernel reads
// before it was written shows. Behind every allocation lies a fence that kernels must not write.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <map>

#include "work.h"

using namespace standin;

namespace {

constexpr size_t FENCE_BYTES = 512;
constexpr unsigned char FENCE = 0xa5, POISON = 0xff;
constexpr size_t SMALL_BYTES = 1 << 20;  // smaller allocations share what the driver maps

struct Allocation {
  size_t bytes, charged;
};
struct Mapping {
  size_t bytes;
  unsigned long long handle;
};

std::map<DevicePointer, Allocation> allocations;
std::map<DevicePointer, Mapping> mappings;  // the mapped parts of reserved ranges
std::map<DevicePointer, size_t> ranges;     // reserved addresses
std::map<unsigned long long, size_t> physical;
size_t used = 0;

template <class Map>
bool lies(const Map& map, DevicePointer address, size_t bytes, size_t (*length)(const typename Map::mapped_type&)) {
  auto next = map.upper_bound(address);
  if (next == map.begin()) return false;
  --next;
  return address + bytes <= next->first + length(next->second);
}

size_t rounded(size_t bytes) {
  const size_t unit = bytes < SMALL_BYTES ? 512 : MAPPING_BYTES;
  return (bytes + unit - 1) / unit * unit;
}

Result copy(void* to, const void* from, size_t bytes, bool valid, void* stream) {
  if (!valid) return INVALID_VALUE;
  return submit(stream, [=] { memmove(to, from, bytes); });
}

void* host(DevicePointer p) { return reinterpret_cast<void*>(p); }

}  // namespace

namespace standin {

bool isDeviceMemory(DevicePointer address, size_t bytes) {
  if (bytes == 0) return true;
  if (lies(allocations, address, bytes, +[](const Allocation& a) { return a.bytes; })) return true;
  for (size_t done = 0; done < bytes;) {  // a copy may cross neighbouring mappings
    auto next = mappings.upper_bound(address + done);
    if (next == mappings.begin()) return false;
    --next;
    const DevicePointer end = next->first + next->second.bytes;
    if (end <= address + done) return false;
    done = end - address;
  }
  return true;
}

Result checkFences() {
  for (const auto& [address, allocation] : allocations) {
    const unsigned char* fence = static_cast<unsigned char*>(host(address)) + allocation.bytes;
    for (size_t i = 0; i < FENCE_BYTES; i++) {
      if (fence[i] != FENCE) return ILLEGAL_ADDRESS;
    }
  }
  return SUCCESS;
}

}  // namespace standin

API cuMemGetInfo_v2(size_t* free, size_t* total) {
  REQUIRE_READY;
  *total = machine.memoryBytes;
  *free = used > machine.memoryBytes ? 0 : machine.memoryBytes - used;
  return SUCCESS;
}

API cuMemAlloc_v2(DevicePointer* address, size_t bytes) {
  REQUIRE_READY;
  if (bytes == 0) return INVALID_VALUE;
  const size_t charged = rounded(bytes);
  if (charged > machine.memoryBytes || used > machine.memoryBytes - charged) return OUT_OF_MEMORY;
  void* memory = nullptr;
  if (posix_memalign(&memory, 512, bytes + FENCE_BYTES)) return OUT_OF_MEMORY;
  memset(memory, POISON, bytes);
  memset(static_cast<char*>(memory) + bytes, FENCE, FENCE_BYTES);
  *address = reinterpret_cast<DevicePointer>(memory);
  allocations[*address] = {bytes, charged};
  used += charged;
  counters[ALLOCATIONS]++;
  return SUCCESS;
}

API cuMemFree_v2(DevicePointer address) {
  REQUIRE_READY;
  auto found = allocations.find(address);
  if (found == allocations.end()) return INVALID_VALUE;
  const Result fences = checkFences();
  used -= found->second.charged;
  allocations.erase(found);
  free(host(address));
  counters[ALLOCATIONS]--;
  return fences;
}

API cuMemAllocHost_v2(void** memory, size_t bytes) {
  REQUIRE_READY;
  if (posix_memalign(memory, 4096, bytes)) return OUT_OF_MEMORY;
  memset(*memory, POISON, bytes);
  counters[PINNED]++;
  return SUCCESS;
}

API cuMemFreeHost(void* memory) {
  REQUIRE_READY;
  free(memory);
  counters[PINNED]--;
  return SUCCESS;
}

API cuMemcpyHtoDAsync_v2(DevicePointer to, const void* from, size_t bytes, void* stream) {
  REQUIRE_READY;
  return copy(host(to), from, bytes, isDeviceMemory(to, bytes), stream);
}
API cuMemcpyDtoHAsync_v2(void* to, DevicePointer from, size_t bytes, void* stream) {
  REQUIRE_READY;
  return copy(to, host(from), bytes, isDeviceMemory(from, bytes), stream);
}
API cuMemcpyDtoDAsync_v2(DevicePointer to, DevicePointer from, size_t bytes, void* stream) {
  REQUIRE_READY;
  return copy(host(to), host(from), bytes, isDeviceMemory(to, bytes) && isDeviceMemory(from, bytes), stream);
}
API cuMemcpyHtoD_v2(DevicePointer to, const void* from, size_t bytes) { return cuMemcpyHtoDAsync_v2(to, from, bytes, nullptr); }
API cuMemcpyDtoH_v2(void* to, DevicePointer from, size_t bytes) { return cuMemcpyDtoHAsync_v2(to, from, bytes, nullptr); }
API cuMemcpyDtoD_v2(DevicePointer to, DevicePointer from, size_t bytes) {
  return cuMemcpyDtoDAsync_v2(to, from, bytes, nullptr);
}

API cuMemsetD8Async(DevicePointer to, unsigned char value, size_t bytes, void* stream) {
  REQUIRE_READY;
  if (!isDeviceMemory(to, bytes)) return INVALID_VALUE;
  return submit(stream, [=] { memset(host(to), value, bytes); });
}

// ---- virtual memory: a physical handle is a memory file, which can be mapped at any reserved address ----------------

API cuMemGetAllocationGranularity(size_t* bytes, const int* prop, int) {
  REQUIRE_READY;
  if (prop[0] != 1 || prop[2] != 1) return INVALID_VALUE;  // pinned memory on a device
  *bytes = MAPPING_BYTES;
  return SUCCESS;
}

API cuMemAddressReserve(DevicePointer* address, size_t bytes, size_t, DevicePointer, unsigned long long) {
  REQUIRE_READY;
  if (bytes == 0 || bytes % MAPPING_BYTES) return INVALID_VALUE;
  void* range = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED) return OUT_OF_MEMORY;
  *address = reinterpret_cast<DevicePointer>(range);
  ranges[*address] = bytes;
  counters[RANGES]++;
  return SUCCESS;
}

API cuMemAddressFree(DevicePointer address, size_t bytes) {
  REQUIRE_READY;
  auto range = ranges.find(address);
  if (range == ranges.end() || range->second != bytes) return INVALID_VALUE;
  for (const auto& [start, mapping] : mappings) {
    if (start < address + bytes && start + mapping.bytes > address) return INVALID_VALUE;
  }
  munmap(host(address), bytes);
  ranges.erase(range);
  counters[RANGES]--;
  return SUCCESS;
}

API cuMemCreate(unsigned long long* handle, size_t bytes, const int* prop, unsigned long long flags) {
  REQUIRE_READY;
  // type, handle types, location type, location id, two words of pointer, and flags that all have to be 0
  if (bytes == 0 || bytes % MAPPING_BYTES || flags || prop[0] != 1 || prop[1] || prop[2] != 1 || prop[4] || prop[5] ||
      prop[6] || prop[7]) {
    return INVALID_VALUE;
  }
  if (prop[3] < 0 || prop[3] >= machine.devices) return INVALID_DEVICE;
  if (bytes > machine.memoryBytes || used > machine.memoryBytes - bytes) return OUT_OF_MEMORY;
  const int file = memfd_create("device memory", 0);
  if (file < 0 || ftruncate(file, bytes)) return OUT_OF_MEMORY;
  physical[file] = bytes;
  used += bytes;
  *handle = file;
  counters[MAPPINGS]++;
  return SUCCESS;
}

API cuMemRelease(unsigned long long handle) {
  REQUIRE_READY;
  auto found = physical.find(handle);
  if (found == physical.end()) return INVALID_VALUE;
  used -= found->second;
  physical.erase(found);
  close((int) handle);
  counters[MAPPINGS]--;
  return SUCCESS;
}

API cuMemMap(DevicePointer address, size_t bytes, size_t offset, unsigned long long handle, unsigned long long) {
  REQUIRE_READY;
  auto memory = physical.find(handle);
  if (memory == physical.end() || offset + bytes > memory->second || mappings.count(address) ||
      !lies(ranges, address, bytes, +[](const size_t& length) { return length; })) {
    return INVALID_VALUE;
  }
  void* mapped = mmap(host(address), bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, (int) handle, offset);
  if (mapped == MAP_FAILED) return OUT_OF_MEMORY;
  memset(mapped, POISON, bytes);
  mprotect(mapped, bytes, PROT_NONE);  // until access is set
  mappings[address] = {bytes, handle};
  return SUCCESS;
}

API cuMemUnmap(DevicePointer address, size_t bytes) {
  REQUIRE_READY;
  auto found = mappings.find(address);
  if (found == mappings.end() || found->second.bytes != bytes) return INVALID_VALUE;
  mmap(host(address), bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
  mappings.erase(found);
  return SUCCESS;
}

API cuMemSetAccess(DevicePointer address, size_t bytes, const int* access, size_t count) {
  REQUIRE_READY;
  if (count != 1 || access[0] != 1 || access[2] != 3 || !isDeviceMemory(address, bytes)) return INVALID_VALUE;
  if (access[1] < 0 || access[1] >= machine.devices) return INVALID_DEVICE;
  return mprotect(host(address), bytes, PROT_READ | PROT_WRITE) ? INVALID_VALUE : SUCCESS;
}
