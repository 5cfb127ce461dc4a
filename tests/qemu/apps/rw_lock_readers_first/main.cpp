// The application rw_lock, for kernels whose readers overtake waiting writers.
#include "tests/qemu/apps/rw_lock/main.cpp"
