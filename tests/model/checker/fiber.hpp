// Stackful coroutines for the logical threads of a test program, resumed and suspended by the checker alone.
//
// ucontext makes them; switching is _setjmp/_longjmp, which saves the system call for the signal mask. A fiber can be
// abandoned wherever it stands and started again: destructors of what lies on its stack do not run.
#pragma once

#include <ucontext.h>
#include <csetjmp>
#include <functional>
#include <memory>

namespace pegplan::model {

class Fiber {
public:
    Fiber();
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;

    /// Forgets what the fiber was doing: the next `resume` calls `body`, which must live until it has finished.
    void start(const std::function<void()>& body) noexcept;

    /// Runs the fiber until it suspends itself or its body returns. From outside of fibers.
    void resume() noexcept;

    [[nodiscard]] bool finished() const noexcept { return finished_; }

    /// Returns to whoever resumed the running fiber.
    static void suspend() noexcept;

private:
    [[noreturn]] static void enter();
    [[gnu::noinline]] void run_body();
    [[noreturn, gnu::noinline]] void jump_in() noexcept;

    std::unique_ptr<char[]> stack_;
    ucontext_t context_{};
    std::jmp_buf base_{};   // the bottom of the stack, before the body is called
    std::jmp_buf place_{};  // where the fiber suspended itself
    const std::function<void()>* body_ = nullptr;
    bool entered_ = false;
    bool fresh_ = true;
    bool finished_ = false;
};

}  // namespace pegplan::model
