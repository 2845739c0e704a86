// Modules, launches, streams, events, graphs.
#include "work.h"

#include <dlfcn.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>

using namespace standin;

namespace {

/** A kernel of the CPU twin; see KV_EXPORT. */
typedef void (*TwinKernel)(unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned sharedBytes,
    const void* params);

constexpr size_t PARAM_BYTES = 256;  // callers keep a kernel's struct in a buffer of so many, see Params.java
constexpr unsigned MOST_THREADS = 1024, MOST_YZ = 65535, FREE_SHARED = 48 << 10;

struct Module {
  std::string ptx;
};
struct Function {
  std::string name;
  TwinKernel run;
};
struct Event {
  std::chrono::steady_clock::time_point time;
  bool recorded = false;
};
typedef std::vector<std::function<void()>> Graph;

std::set<void*> streams, events, modules, graphs, executables;
std::set<Function*> functions;

/** The CPU twin's library, which lies beside this one. */
void* twin() {
  static void* library = [] {
    Dl_info self;
    dladdr(reinterpret_cast<void*>(&twin), &self);
    std::string path = self.dli_fname;
    path = path.substr(0, path.rfind('/') + 1) + "libkvlab_twin.so";
    void* opened = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!opened) fprintf(stderr, "stand-in driver: %s\n", dlerror());
    return opened;
  }();
  return library;
}

void say(unsigned count, const int* options, void** values, const char* text) {
  constexpr int ERROR_LOG = 5, ERROR_LOG_BYTES = 6;  // CU_JIT_ERROR_LOG_BUFFER and its size
  char* log = nullptr;
  size_t bytes = 0;
  for (unsigned i = 0; i < count; i++) {
    if (options[i] == ERROR_LOG) log = static_cast<char*>(values[i]);
    if (options[i] == ERROR_LOG_BYTES) bytes = reinterpret_cast<size_t>(values[i]) & 0xffffffff;
  }
  if (log && bytes) snprintf(log, bytes, "%s", text);
}

}  // namespace

namespace standin {

Stream* streamOf(void* handle) { return streams.count(handle) ? static_cast<Stream*>(handle) : nullptr; }

}  // namespace standin

API cuModuleLoadDataEx(void** module, const void* image, unsigned count, int* options, void** values) {
  REQUIRE_READY;
  std::string ptx = static_cast<const char*>(image);
  if (ptx.find(".version ") == std::string::npos || ptx.find(".target sm_") == std::string::npos) {
    say(count, options, values, "ptxas fatal: no .version or .target: this is not PTX");
    return INVALID_PTX;
  }
  if (!twin()) return FILE_NOT_FOUND;
  *module = new Module{ptx};
  modules.insert(*module);
  counters[MODULES]++;
  return SUCCESS;
}

API cuModuleUnload(void* module) {
  REQUIRE_READY;
  if (!modules.erase(module)) return INVALID_HANDLE;
  delete static_cast<Module*>(module);
  counters[MODULES]--;
  return SUCCESS;
}

API cuModuleGetFunction(void** function, void* module, const char* name) {
  REQUIRE_READY;
  if (!modules.count(module)) return INVALID_HANDLE;
  const std::string entry = std::string(".entry ") + name + "(";
  void* run = dlsym(twin(), (std::string("kvlab_cpu_") + name).c_str());
  if (!run || static_cast<Module*>(module)->ptx.find(entry) == std::string::npos) return NOT_FOUND;
  Function* f = new Function{name, reinterpret_cast<TwinKernel>(run)};  // lives as long as the process, as few as kernels
  functions.insert(f);
  *function = f;
  return SUCCESS;
}

API cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, void* function, int threads, size_t) {
  REQUIRE_READY;
  if (!functions.count(static_cast<Function*>(function)) || threads < 1) return INVALID_VALUE;
  *blocks = 512 / threads > 0 ? 512 / threads : 1;
  return SUCCESS;
}

API cuLaunchKernel(void* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
    unsigned sharedBytes, void* stream, void** params, void**) {
  REQUIRE_READY;
  Function* f = static_cast<Function*>(function);
  if (!functions.count(f)) return INVALID_HANDLE;
  if (!gx || !gy || !gz || gy > MOST_YZ || gz > MOST_YZ || !bx || !by || !bz || bx * by * bz > MOST_THREADS ||
      sharedBytes > FREE_SHARED || !params) {
    return INVALID_VALUE;
  }
  std::array<char, PARAM_BYTES> copy;
  memcpy(copy.data(), params[0], PARAM_BYTES);
  counters[LAUNCHES]++;
  return submit(stream, [=] { f->run(gx, gy, gz, bx, by, bz, sharedBytes, copy.data()); });
}

API cuStreamCreate(void** stream, unsigned) {
  REQUIRE_READY;
  *stream = new Stream;
  streams.insert(*stream);
  counters[STREAMS]++;
  return SUCCESS;
}

API cuStreamSynchronize(void* stream) {
  REQUIRE_READY;
  Stream* s = streamOf(stream);
  if (stream && !s) return INVALID_HANDLE;
  return s && s->recording ? STREAM_CAPTURE_UNSUPPORTED : checkFences();
}

API cuStreamDestroy_v2(void* stream) {
  REQUIRE_READY;
  if (!streams.erase(stream)) return INVALID_HANDLE;
  delete static_cast<Stream*>(stream);
  counters[STREAMS]--;
  return SUCCESS;
}

API cuStreamBeginCapture_v2(void* stream, int) {
  REQUIRE_READY;
  Stream* s = streamOf(stream);
  if (!s || s->recording) return INVALID_VALUE;
  s->recording = true;
  return SUCCESS;
}

API cuStreamEndCapture(void* stream, void** graph) {
  REQUIRE_READY;
  Stream* s = streamOf(stream);
  if (!s || !s->recording) return INVALID_VALUE;
  s->recording = false;
  *graph = new Graph(std::move(s->recorded));
  s->recorded.clear();
  graphs.insert(*graph);
  counters[GRAPHS]++;
  return SUCCESS;
}

API cuGraphInstantiateWithFlags(void** executable, void* graph, unsigned long long) {
  REQUIRE_READY;
  if (!graphs.count(graph)) return INVALID_HANDLE;
  *executable = new Graph(*static_cast<Graph*>(graph));
  executables.insert(*executable);
  counters[GRAPHS]++;
  return SUCCESS;
}

API cuGraphLaunch(void* executable, void* stream) {
  REQUIRE_READY;
  if (!executables.count(executable)) return INVALID_HANDLE;
  Stream* s = streamOf(stream);
  if (!s || s->recording) return INVALID_VALUE;
  for (const auto& work : *static_cast<Graph*>(executable)) work();
  return SUCCESS;
}

API cuGraphDestroy(void* graph) {
  REQUIRE_READY;
  if (!graphs.erase(graph)) return INVALID_HANDLE;
  delete static_cast<Graph*>(graph);
  counters[GRAPHS]--;
  return SUCCESS;
}

API cuGraphExecDestroy(void* executable) {
  REQUIRE_READY;
  if (!executables.erase(executable)) return INVALID_HANDLE;
  delete static_cast<Graph*>(executable);
  counters[GRAPHS]--;
  return SUCCESS;
}

API cuEventCreate(void** event, unsigned) {
  REQUIRE_READY;
  *event = new Event;
  events.insert(*event);
  counters[EVENTS]++;
  return SUCCESS;
}

API cuEventRecord(void* event, void* stream) {
  REQUIRE_READY;
  if (!events.count(event)) return INVALID_HANDLE;
  return submit(stream, [=] {
    static_cast<Event*>(event)->time = std::chrono::steady_clock::now();
    static_cast<Event*>(event)->recorded = true;
  });
}

API cuEventSynchronize(void* event) {
  REQUIRE_READY;
  return events.count(event) ? checkFences() : INVALID_HANDLE;
}

API cuEventElapsedTime(float* milliseconds, void* start, void* end) {
  REQUIRE_READY;
  if (!events.count(start) || !events.count(end)) return INVALID_HANDLE;
  const Event *from = static_cast<Event*>(start), *to = static_cast<Event*>(end);
  if (!from->recorded || !to->recorded) return INVALID_HANDLE;
  *milliseconds = std::chrono::duration<float, std::milli>(to->time - from->time).count();
  return SUCCESS;
}

API cuEventDestroy_v2(void* event) {
  REQUIRE_READY;
  if (!events.erase(event)) return INVALID_HANDLE;
  delete static_cast<Event*>(event);
  counters[EVENTS]--;
  return SUCCESS;
}
