// Starting, devices, contexts, and what tests can set and count.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "standin.h"

using namespace standin;

namespace {

size_t environment(const char* name, size_t otherwise) {
  const char* value = getenv(name);
  return value ? strtoull(value, nullptr, 0) : otherwise;
}

bool initialized = false;
thread_local bool current = false;  // whether this thread has the primary context

// Attribute numbers of cuda.h.
enum { SHARED_PER_BLOCK = 8, PROCESSORS = 16, L2_BYTES = 38, MAJOR = 75, MINOR = 76, SHARED_OPTIN = 97, VIRTUAL_MEMORY = 102 };

}  // namespace

namespace standin {

Machine machine = {environment("KVLAB_STANDIN_MEMORY", size_t{1} << 30), (int) environment("KVLAB_STANDIN_DEVICES", 1),
    (int) environment("KVLAB_STANDIN_DRIVER", 13000), 9};
long counters[COUNTERS];
std::recursive_mutex mutex;

Result ready() {
  if (!initialized) return NOT_INITIALIZED;
  return current && counters[CONTEXTS] > 0 ? SUCCESS : INVALID_CONTEXT;
}

}  // namespace standin

/** Makes the machine another one. Memory in use stays in use. */
extern "C" void kvlab_standin_set(size_t memoryBytes, int devices, int driverVersion, int computeMajor) {
  LOCKED;
  machine = {memoryBytes, devices, driverVersion, computeMajor};
}

/** What is open now, or was launched so far. */
extern "C" long kvlab_standin_count(int counter) {
  LOCKED;
  return counter >= 0 && counter < COUNTERS ? counters[counter] : -1;
}

API cuInit(unsigned) {
  LOCKED;
  if (machine.devices == 0) return NO_DEVICE;
  initialized = true;
  return SUCCESS;
}

API cuDriverGetVersion(int* version) {
  *version = machine.driverVersion;
  return SUCCESS;
}

API cuDeviceGetCount(int* count) {
  *count = machine.devices;
  return SUCCESS;
}

API cuDeviceGet(int* device, int ordinal) {
  if (ordinal < 0 || ordinal >= machine.devices) return INVALID_DEVICE;
  *device = ordinal;
  return SUCCESS;
}

API cuDeviceGetName(char* name, int length, int) {
  snprintf(name, length, "CPU twin (stand-in driver)");
  return SUCCESS;
}

API cuDeviceTotalMem_v2(size_t* bytes, int) {
  *bytes = machine.memoryBytes;
  return SUCCESS;
}

API cuDeviceGetAttribute(int* value, int attribute, int) {
  switch (attribute) {
    case SHARED_PER_BLOCK: *value = 48 << 10; return SUCCESS;
    case PROCESSORS: *value = 4; return SUCCESS;
    case L2_BYTES: *value = 1 << 20; return SUCCESS;
    case MAJOR: *value = machine.computeMajor; return SUCCESS;
    case MINOR: *value = 0; return SUCCESS;
    case SHARED_OPTIN: *value = 227 << 10; return SUCCESS;
    case VIRTUAL_MEMORY: *value = 1; return SUCCESS;
    default: return INVALID_VALUE;
  }
}

API cuDevicePrimaryCtxRetain(void** context, int device) {
  LOCKED;
  if (!initialized) return NOT_INITIALIZED;
  if (device < 0 || device >= machine.devices) return INVALID_DEVICE;
  counters[CONTEXTS]++;
  *context = &machine;
  return SUCCESS;
}

API cuDevicePrimaryCtxRelease_v2(int) {
  LOCKED;
  if (counters[CONTEXTS] == 0) return INVALID_CONTEXT;
  counters[CONTEXTS]--;
  return SUCCESS;
}

API cuCtxSetCurrent(void* context) {
  current = context != nullptr;
  return SUCCESS;
}

API cuCtxSynchronize() {
  REQUIRE_READY;
  return checkFences();
}
