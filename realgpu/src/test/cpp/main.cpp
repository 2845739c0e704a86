#include "harness.h"

int main(int count, char** arguments) {
  const std::string wanted = count > 1 ? arguments[1] : "";
  const auto now = [] { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); };
  int run = 0, failed = 0;
  for (const Test& test : tests()) {
    if (std::string(test.name).find(wanted) == std::string::npos) continue;
    const int before = failures();
    const double start = now();
    test.run();
    run++;
    failed += failures() > before;
    printf("%-4s %6.2f s  %s\n", failures() > before ? "FAIL" : "ok", now() - start, test.name);
    fflush(stdout);
  }
  printf("CPU twin: %d tests, %d failed\n", run, failed);
  return failed || !run;
}
