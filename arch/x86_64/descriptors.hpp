// The tables that the CPU reads: segments (GDT), the task segment with the stacks for exceptions that must not use the
// interrupted one (TSS), and the handlers of all vectors (IDT).
//
// A thread that overflows its stack cannot take the page fault on that stack: the CPU turns it into a double fault,
// which therefore has a stack of its own, and so have the interrupts that may come at any instruction (NMI, machine
// check). None of the three returns, so they share one stack: if a second one strikes while the first is reported, the
// report is lost, and it would have ended there anyway.
#pragma once

namespace pegplan::arch::x86_64 {

/// Completes the tables and makes the CPU use them. On the CPU that boots; masked, once, before the first exception.
void load_descriptor_tables() noexcept;

/// Makes another CPU, the one with this number, use them. Masked, each time that it starts.
void load_descriptor_tables_of(unsigned cpu) noexcept;

}  // namespace pegplan::arch::x86_64
