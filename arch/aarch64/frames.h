// Layout of what assembly saves, in bytes, for assembly and C++ alike; "arch/aarch64/frames.hpp" has the structures and
// holds them against these numbers.
#pragma once

// SwitchFrame: x19 to x30 in order; FpSwitchFrame: d8 to d15 behind them.
#define SWITCH_FRAME_X19 0
#define SWITCH_FRAME_X29 80
#define SWITCH_FRAME_SIZE 96
#define FP_SWITCH_FRAME_D8 96
#define FP_SWITCH_FRAME_SIZE 160

// Context, seen from its stack pointer: before that the thread pointer, if it has one (THREAD_LOCAL_STORAGE); behind it the
// word that floating point needs.
#define CONTEXT_THREAD_POINTER (-8)
#define CONTEXT_STACK_POINTER 0
#define CONTEXT_FLOATING_POINT 8

// TrapFrame: x0 to x30, then these.
#define TRAP_FRAME_X0 0
#define TRAP_FRAME_X30 240
#define TRAP_FRAME_SP 248
#define TRAP_FRAME_ELR 256
#define TRAP_FRAME_SPSR 264
#define TRAP_FRAME_ESR 272
#define TRAP_FRAME_FAR 280
#define TRAP_FRAME_SIZE 288

// FpState: FPSR and FPCR, then v0 to v31 in order.
#define FP_STATE_FPSR 0
#define FP_STATE_FPCR 8
#define FP_STATE_V0 16
#define FP_STATE_SIZE 528

// Exception classes that assembly looks at (ESR_EL1, bits 31 to 26).
#define ESR_CLASS_SHIFT 26
#define ESR_CLASS_FP_ACCESS 0x07

// The stack on which a CPU reports faults.
#define EMERGENCY_STACK_SIZE 4096

// Handover: what a CPU is told by the one that starts it.
#define HANDOVER_MEMORY_ATTRIBUTES 0
#define HANDOVER_TRANSLATION_CONTROL 8
#define HANDOVER_TABLES 16
#define HANDOVER_VECTORS 24
#define HANDOVER_SYSTEM_CONTROL 32
#define HANDOVER_EMERGENCY_STACK 40
#define HANDOVER_CURRENT 48
#define HANDOVER_NUMBER 56
#define HANDOVER_SIZE 64
