// The C++ library's headers include the C library's list of missing functions for the ABI. Cross compilers bring it
// for lp64d alone; with the lp64 ABI there is no C library, hence nothing to list.
