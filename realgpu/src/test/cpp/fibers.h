// Runs one CUDA block on one CPU thread: every CUDA thread is a fiber that keeps its own stack and is switched away
// from only where it waits for others, at __syncthreads() and at warp-wide instructions.
//
// What it finds: barriers that threads reach at different lines, barriers or warp instructions that some threads never
// reach, warp instructions entered by exited lanes or with different masks, shared memory read before it is written
// (0xff bytes are NaN in every float format), stacks that overflow (a protected page lies below each). A seed shuffles
// the order in which fibers run.
// What it cannot find: races between threads inside one stretch without a wait, weak memory ordering, timing.
//
//   KVLAB_CPU_THREADS   blocks run at a time       (default: all processors)
//   KVLAB_CPU_SEED      0: fibers run in order; else the seed of their order and of when cp.async copies (default: 0)
#pragma once
#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifndef __x86_64__
#error "fibers.h switches stacks in x86-64 assembly; port kvlab_switch_stack to this processor"
#endif

struct dim3 {
  unsigned x, y, z;
};

// Saves the callee-saved registers on this stack, stores the stack pointer in *from and goes on at the stack `to`.
extern "C" void kvlab_switch_stack(void** from, void* to);
__asm__(
    ".text\n.weak kvlab_switch_stack\n.type kvlab_switch_stack,@function\nkvlab_switch_stack:\n"
    "  push %rbp\n  push %rbx\n  push %r12\n  push %r13\n  push %r14\n  push %r15\n"
    "  mov %rsp,(%rdi)\n  mov %rsi,%rsp\n"
    "  pop %r15\n  pop %r14\n  pop %r13\n  pop %r12\n  pop %rbx\n  pop %rbp\n  ret\n"
    ".size kvlab_switch_stack,.-kvlab_switch_stack\n");

namespace twin {

constexpr int LANES = 32;
constexpr size_t STATIC_SHARED_LIMIT = 48 * 1024;  // bytes a kernel may declare, as ptxas enforces it
#ifdef __SANITIZE_ADDRESS__
constexpr size_t STACK_BYTES = 512 * 1024;  // redzones make frames several times larger
#else
constexpr size_t STACK_BYTES = 64 * 1024;
#endif
constexpr size_t GUARD_BYTES = 4096;

enum class State { READY, AT_BARRIER, AT_WARP, DONE };

/** A copy from global to shared memory that cp.async has been asked for; `group` counts its commits. */
struct PendingCopy {
  void* shared;
  const void* global;  // nullptr: fill with zeros
  unsigned group;
};

struct Fiber {
  void* stackPointer;
  char* stack;  // lowest address
  dim3 thread;
  int linear;
  State state;
  const char* barrier;  // where it waits, "file:line"
  std::vector<PendingCopy> copies;
  unsigned copyGroup;
  void* asanStack;
};

/** The warp-wide instruction that lanes are gathering for. */
struct Warp {
  unsigned alive, arrived, mask;
  const void* operation;
  void* arguments[LANES];
};

struct SharedVariable {
  const void* site;
  void* memory;
};

struct Block {
  dim3 index, blockSize, gridSize;
  std::vector<Fiber> fibers;
  std::vector<Warp> warps;
  std::vector<int> order;  // [fiber]
  std::vector<SharedVariable> shared;
  std::vector<char*> stacks;  // lowest address of each; kept from block to block
  size_t sharedBytes;
  int alive, atBarrier;
  void* scheduler;
  Fiber* current;
  const std::function<void()>* body;
  uint64_t random;
  bool eagerCopies;
  const void* asanBottom;
  size_t asanSize;
  void* asanStack;
};

inline thread_local Block* block = nullptr;

[[noreturn]] inline void fail(const char* what, const char* where = "") {
  const dim3 b = block->index, t = block->current ? block->current->thread : dim3{0, 0, 0};
  fprintf(stderr, "CPU twin: %s%s%s, block (%u,%u,%u), thread (%u,%u,%u)\n", what, *where ? " at " : "",
      where, b.x, b.y, b.z, t.x, t.y, t.z);
  abort();
}

inline void switchToScheduler(bool forGood) {
  Block& b = *block;
  Fiber& me = *b.current;
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber(forGood ? nullptr : &me.asanStack, b.asanBottom, b.asanSize);
#else
  (void) forGood;
#endif
  kvlab_switch_stack(&me.stackPointer, b.scheduler);
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(me.asanStack, &b.asanBottom, &b.asanSize);
#endif
}

inline void runFiber(Fiber& fiber) {
  Block& b = *block;
  b.current = &fiber;
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber(&b.asanStack, fiber.stack, STACK_BYTES);
#endif
  kvlab_switch_stack(&b.scheduler, fiber.stackPointer);
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(b.asanStack, nullptr, nullptr);
#endif
  b.current = nullptr;
}

inline void fiberMain() {
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(nullptr, &block->asanBottom, &block->asanSize);
#endif
  (*block->body)();
  Fiber& me = *block->current;
  Warp& warp = block->warps[me.linear / LANES];
  if (warp.arrived && (warp.mask >> (me.linear % LANES) & 1)) fail("a lane exits while others wait for it in a warp instruction");
  warp.alive &= ~(1u << (me.linear % LANES));
  me.state = State::DONE;
  block->alive--;
  switchToScheduler(true);
  abort();
}

inline void barrier(const char* where) {
  Fiber& me = *block->current;
  me.state = State::AT_BARRIER;
  me.barrier = where;
  block->atBarrier++;
  switchToScheduler(false);
}

/**
 * One warp-wide instruction: every lane named by `mask` hands in its operands, the last to arrive computes for all of
 * them. `compute` gets the operands by lane, nullptr for lanes outside the mask.
 */
template <class Operands>
inline void collective(unsigned mask, Operands& operands, void (*compute)(Operands* const*)) {
  Fiber& me = *block->current;
  Warp& warp = block->warps[me.linear / LANES];
  const int lane = me.linear % LANES;
  const void* operation = reinterpret_cast<const void*>(compute);
  if (!(mask >> lane & 1)) fail("a lane calls a warp instruction whose mask leaves it out");
  if ((mask & warp.alive) != mask) fail("the mask of a warp instruction names an exited lane");
  if (!warp.arrived) {
    warp.mask = mask;
    warp.operation = operation;
    memset(warp.arguments, 0, sizeof warp.arguments);
  }
  if (warp.mask != mask || warp.operation != operation) fail("lanes of one warp meet in different warp instructions");
  warp.arguments[lane] = &operands;
  warp.arrived |= 1u << lane;
  if (warp.arrived != mask) {
    me.state = State::AT_WARP;
    switchToScheduler(false);
    return;
  }
  compute(reinterpret_cast<Operands* const*>(warp.arguments));
  warp.arrived = 0;
  const int first = me.linear - lane;
  for (int i = 0; i < LANES; i++) {
    if ((mask >> i & 1) && i != lane) block->fibers[first + i].state = State::READY;
  }
}

/** The block's copy of the shared variable declared at `site`; every byte is 0xff before it is written. */
template <class T>
inline T& shared(const void* site) {
  for (const SharedVariable& v : block->shared) {
    if (v.site == site) return *static_cast<T*>(v.memory);
  }
  void* memory = nullptr;
  if (posix_memalign(&memory, 128, sizeof(T))) fail("out of memory");
  memset(memory, 0xff, sizeof(T));
  block->shared.push_back({site, memory});
  block->sharedBytes += sizeof(T);
  if (block->sharedBytes > STATIC_SHARED_LIMIT) fail("more shared memory than a kernel may declare");
  return *static_cast<T*>(memory);
}

inline void finishCopy(const PendingCopy& c) {
  if (c.global) memcpy(c.shared, c.global, 16);
  else memset(c.shared, 0, 16);
}

/** Finishes this thread's asynchronous copies but those of its latest `pendingGroups` commits. */
inline void finishCopies(unsigned pendingGroups) {
  Fiber& me = *block->current;
  size_t kept = 0;
  for (const PendingCopy& c : me.copies) {
    if (c.group + pendingGroups >= me.copyGroup) me.copies[kept++] = c;
    else finishCopy(c);
  }
  me.copies.resize(kept);
}

inline uint64_t nextRandom() {
  uint64_t& r = block->random;
  r ^= r << 13;
  r ^= r >> 7;
  r ^= r << 17;
  return r;
}

/** A stack above a page that nothing may touch. */
inline char* newStack() {
  const size_t bytes = GUARD_BYTES + STACK_BYTES;
  void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED || mprotect(p, GUARD_BYTES, PROT_NONE)) fail("no memory for a thread's stack");
  return static_cast<char*>(p) + GUARD_BYTES;
}

inline void startFibers(Block& b) {
  const dim3 size = b.blockSize;
  const int threads = size.x * size.y * size.z;
  while (b.stacks.size() < (size_t) threads) b.stacks.push_back(newStack());
  b.fibers.resize(threads);
  b.order.resize(threads);
  b.warps.assign((threads + LANES - 1) / LANES, Warp{});
  b.alive = threads;
  b.atBarrier = 0;
  b.sharedBytes = 0;
  for (int i = 0; i < threads; i++) {
    Fiber& f = b.fibers[i];
    f.stack = b.stacks[i];
#ifdef __SANITIZE_ADDRESS__
    __asan_unpoison_memory_region(f.stack, STACK_BYTES);
#endif
    void** top = reinterpret_cast<void**>(f.stack + STACK_BYTES);
    *--top = nullptr;                              // keeps the stack aligned as after a call
    *--top = reinterpret_cast<void*>(fiberMain);   // where the first switch returns to
    for (int saved = 0; saved < 6; saved++) *--top = nullptr;
    f.stackPointer = top;
    f.thread = {i % size.x, i / size.x % size.y, i / (size.x * size.y)};
    f.linear = i;
    f.state = State::READY;
    f.copies.clear();
    f.copyGroup = 0;
    b.order[i] = i;
    b.warps[i / LANES].alive |= 1u << (i % LANES);
  }
}

inline void releaseBarrier(Block& b) {
  const char* where = nullptr;
  for (Fiber& f : b.fibers) {
    if (f.state != State::AT_BARRIER) continue;
    if (where && strcmp(where, f.barrier)) fail("threads of one block wait at different barriers", f.barrier);
    where = f.barrier;
    f.state = State::READY;
  }
  b.atBarrier = 0;
}

inline void runBlock(Block& b, dim3 index, uint64_t seed) {
  block = &b;
  b.index = index;
  b.current = nullptr;
  b.random = seed | 1;
  b.eagerCopies = seed && (nextRandom() >> 20 & 1);
  startFibers(b);
  while (b.alive) {
    if (seed) {
      for (size_t i = b.order.size() - 1; i > 0; i--) std::swap(b.order[i], b.order[nextRandom() % (i + 1)]);
    }
    bool ran = false;
    for (int i : b.order) {
      if (b.fibers[i].state != State::READY) continue;
      ran = true;
      runFiber(b.fibers[i]);
    }
    if (b.alive && b.atBarrier == b.alive) releaseBarrier(b);
    else if (!ran) fail("deadlock: some threads wait where others never come");
  }
  for (const SharedVariable& v : b.shared) free(v.memory);
  b.shared.clear();
}

/** Blocks that keep their stacks between launches. */
class IdleBlocks {
 public:
  std::unique_ptr<Block> take() {
    std::lock_guard<std::mutex> guard(mutex);
    if (idle.empty()) return std::make_unique<Block>();
    std::unique_ptr<Block> b = std::move(idle.back());
    idle.pop_back();
    return b;
  }
  void give(std::unique_ptr<Block> b) {
    std::lock_guard<std::mutex> guard(mutex);
    idle.push_back(std::move(b));
  }

 private:
  std::mutex mutex;
  std::vector<std::unique_ptr<Block>> idle;
};

inline uint64_t environment(const char* name, uint64_t otherwise) {
  const char* value = getenv(name);
  return value ? strtoull(value, nullptr, 0) : otherwise;
}

/** Runs `body` for every thread of the grid; returns when the last block has finished. */
inline void launch(dim3 grid, dim3 blockSize, const std::function<void()>& body) {
  static IdleBlocks& idle = *new IdleBlocks;
  const uint64_t seed = environment("KVLAB_CPU_SEED", 0);
  const size_t total = (size_t) grid.x * grid.y * grid.z;
  size_t workers = environment("KVLAB_CPU_THREADS", std::thread::hardware_concurrency());
  workers = workers < 1 ? 1 : workers > total ? total : workers;
  std::atomic<size_t> next{0};
  auto work = [&] {
    std::unique_ptr<Block> b = idle.take();
    b->blockSize = blockSize;
    b->gridSize = grid;
    b->body = &body;
    for (size_t i; (i = next++) < total;) {
      const dim3 index{(unsigned) (i % grid.x), (unsigned) (i / grid.x % grid.y), (unsigned) (i / ((size_t) grid.x * grid.y))};
      runBlock(*b, index, seed ? seed + (i + 1) * 0x9e3779b97f4a7c15 : 0);
    }
    idle.give(std::move(b));
  };
  std::vector<std::thread> threads;  // never the caller's: its stack may belong to a virtual machine with its own rules
  for (size_t i = 0; i < workers; i++) threads.emplace_back(work);
  for (std::thread& t : threads) t.join();
}

}  // namespace twin
