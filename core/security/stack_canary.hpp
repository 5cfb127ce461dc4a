// The random word that functions with arrays check before they return (-fstack-protector).
#pragma once

namespace pegplan::kernel {

/// Draws the word. Called by a function that never returns, since the word changes under it. Only with STACK_CANARIES.
void initialize_stack_canary() noexcept;

}  // namespace pegplan::kernel
