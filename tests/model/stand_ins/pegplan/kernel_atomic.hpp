// Stand-in for <pegplan/kernel_atomic.hpp>: the words of the primitives are steps of the checker.
#pragma once

#include "model_atomics.hpp"

namespace pegplan::kernel {

template <class T>
using Atomic = model::ModelAtomics::atomic<T>;

}  // namespace pegplan::kernel
