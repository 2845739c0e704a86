// A stream's work: done at once, or while the stream records kept for a graph.
#pragma once
#include <functional>
#include <vector>

#include "standin.h"

namespace standin {

struct Stream {
  bool recording = false;
  std::vector<std::function<void()>> recorded;
};

Stream* streamOf(void* handle);

template <class Work>
Result submit(void* stream, Work work) {
  Stream* s = streamOf(stream);
  if (stream && !s) return INVALID_HANDLE;
  if (s && s->recording) s->recorded.push_back(work);
  else work();
  return SUCCESS;
}

}  // namespace standin
