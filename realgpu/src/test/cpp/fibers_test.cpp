// The twin itself: the mistakes it promises to find, each made on purpose by a small kernel.
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

struct FaultParams {
  float* out;
  int fault;
};

enum Fault { NONE, DIVERGENT_BARRIER, TWO_BARRIERS, LANE_MISSING, MISALIGNED, UNINITIALISED, OVERFLOW_STACK };

static __attribute__((noinline)) int deep(int n) {
  volatile char frame[4096];
  frame[n % 4096] = (char) n;
  return n ? deep(n - 1) + frame[n % 4096] : 0;
}

static void faulty(const FaultParams& p) {
  using Tile = float[64];
  KV_SHARED(Tile, tile);
  const int i = threadIdx.x;
  if (p.fault != UNINITIALISED || i != 5) tile[i] = i;
  if (p.fault != DIVERGENT_BARRIER || i != 40) __syncthreads();
  if (p.fault == TWO_BARRIERS && i < 32) __syncthreads();
  else if (p.fault == TWO_BARRIERS) __syncthreads();
  float sum = tile[63 - i];
  if (p.fault != LANE_MISSING || i != 3) sum = sumLanes<1, 32>(sum);
  if (p.fault == MISALIGNED) store16(p.out + 1, uint4{});
  if (p.fault == OVERFLOW_STACK) sum += deep(1000);
  p.out[i] = sum;
}
KV_KERNEL(faulty_kernel, 64, FaultParams, faulty)

/** Runs the kernel in a child; returns what that wrote to stderr, "fine" if the kernel came back, and its signal. */
static std::string outcome(int fault) {
  int pipes[2];
  if (pipe(pipes)) return "no pipe";
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    dup2(pipes[1], 2);
    alignas(16) float out[64];
    launch(kvlab_cpu_faulty_kernel, {1, 1, 1}, 64, FaultParams{out, fault});
    if (fault == NONE && (out[0] != 1520 || out[63] != 496)) fprintf(stderr, "wrong sums %g %g", out[0], out[63]);
    if (fault == UNINITIALISED && std::isnan(out[63])) fprintf(stderr, "NaN");
    fprintf(stderr, "fine");
    _exit(0);
  }
  close(pipes[1]);
  std::string text;
  char buffer[1000];
  for (ssize_t n; (n = read(pipes[0], buffer, sizeof buffer)) > 0;) text.append(buffer, n);
  close(pipes[0]);
  int status;
  waitpid(child, &status, 0);
  return text + (WIFSIGNALED(status) ? " signal " + std::to_string(WTERMSIG(status)) : "");
}

static void expectOutcome(int fault, const char* text) {
  const std::string actual = outcome(fault);
  check(actual.find(text) != std::string::npos, "fault %d: expected \"%s\", got \"%s\"", fault, text, actual.c_str());
}

TEST(twinRunsCorrectKernels) { expectOutcome(NONE, "fine"); }
TEST(twinFindsThreadsThatMissABarrier) { expectOutcome(DIVERGENT_BARRIER, "wait"); }
TEST(twinFindsThreadsAtDifferentBarriers) { expectOutcome(TWO_BARRIERS, "different barriers"); }
TEST(twinFindsLanesThatMissAWarpInstruction) { expectOutcome(LANE_MISSING, "lane exits while others wait"); }
TEST(twinFindsMisalignedVectors) { expectOutcome(MISALIGNED, "misaligned 16-byte access"); }
TEST(twinPoisonsSharedMemory) { expectOutcome(UNINITIALISED, "NaN"); }
#ifndef __SANITIZE_ADDRESS__  // which reports the fault in words of its own
TEST(twinFindsStackOverflow) { expectOutcome(OVERFLOW_STACK, "signal 11"); }
#endif
