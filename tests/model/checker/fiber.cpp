// Stackful coroutines over ucontext and _setjmp.
#include "fiber.hpp"

#include <cstddef>
#include <cstdlib>

namespace pegplan::model {

namespace {

constexpr std::size_t stack_bytes = 256 * 1024;

std::jmp_buf outside;
Fiber* running = nullptr;

}  // namespace

Fiber::Fiber() : stack_{new char[stack_bytes]}
{
    getcontext(&context_);
    context_.uc_stack.ss_sp = stack_.get();
    context_.uc_stack.ss_size = stack_bytes;
    context_.uc_link = nullptr;
    makecontext(&context_, &Fiber::enter, 0);
}

void Fiber::start(const std::function<void()>& body) noexcept
{
    body_ = &body;
    fresh_ = true;
    finished_ = false;
}

void Fiber::resume() noexcept
{
    running = this;
    if (_setjmp(outside) == 0) {
        jump_in();
    }
    running = nullptr;
}

void Fiber::jump_in() noexcept
{
    if (!entered_) {
        entered_ = true;
        fresh_ = false;
        setcontext(&context_);
        std::abort();  // setcontext returns only when it fails
    }
    if (fresh_) {
        fresh_ = false;
        _longjmp(base_, 1);
    }
    _longjmp(place_, 1);
}

void Fiber::suspend() noexcept
{
    if (_setjmp(running->place_) == 0) {
        _longjmp(outside, 1);
    }
}

void Fiber::enter()
{
    // Returns here once for every start; nothing is kept in a local variable.
    _setjmp(running->base_);
    running->run_body();
    _longjmp(outside, 1);
}

void Fiber::run_body()
{
    (*body_)();
    finished_ = true;
}

}  // namespace pegplan::model
