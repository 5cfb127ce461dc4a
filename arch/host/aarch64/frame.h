// The layout of a context at rest, for assembly and C++ (registers.cpp): registers in the order in which they are stored,
// above the stack pointer.
#define FRAME_X19 0
#define FRAME_X20 8
#define FRAME_X29 80
#define FRAME_X30 88
#define FRAME_SIZE 96

// The floating-point part, below that.
#define FP_FRAME_FPCR 64
#define FP_FRAME_SIZE 80
