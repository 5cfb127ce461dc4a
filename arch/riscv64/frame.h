// Layouts that assembly and C++ share. C++ asserts each against the struct that it describes (layout_checks in
// start.cpp).
#define CONTEXT_SP 0
#define CONTEXT_TP 8  // if the context has one (THREAD_LOCAL_STORAGE)

// What a switch leaves below the stack pointer.
#define SWITCH_RA (-8)
#define SWITCH_S(n) (-16 - 8 * (n))
#define SWITCH_FCSR (-112)
#define SWITCH_FS(n) (-120 - 8 * (n))

// What an interrupt saves: the registers that a C++ call may change.
#define INTERRUPT_FRAME_SIZE 128

// The cause of the supervisor's software interrupt, without the bit that marks interrupts.
#define SCAUSE_SOFTWARE 1

// What a CPU that is started finds at its stack pointer.
#define START_CURRENT 0

// What a fault saves: x1 to x31 at their number's place, and the stack pointer that was. FAULT_SPARE is a place in the
// frame before there is one, seen from the stack's top.
#define FAULT_SPARE (-8)
#define FAULT_FRAME_SIZE 256
#define FAULT_X(n) (8 * (n))
#define FAULT_SP FAULT_X(2)
