// Stand-in for core/kernel_entry.hpp: nobody calls into the core.
#pragma once

extern "C" void pegplan_thread_begins() noexcept;
