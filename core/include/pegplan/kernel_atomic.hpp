// The atomic objects of the primitives. The interleaving checker (tests/model) puts a header of its own in the place of this one,
// and so runs the primitives as they are, fast and slow paths.
#pragma once

#include <atomic>

namespace pegplan::kernel {

/// As std::atomic. Every access names its order, and stands on a line of its own, by which the checker knows it.
template <class T>
using Atomic = std::atomic<T>;

}  // namespace pegplan::kernel
