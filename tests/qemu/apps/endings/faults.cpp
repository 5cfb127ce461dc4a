// Accesses and instructions that the machine refuses.
#include "tests/qemu/apps/endings/endings.hpp"

#include "tests/qemu/apps/support/cpu.hpp"

#include <array>

namespace endings {

constexpr std::uint64_t telltale = 0x1122'3344'5566'7788;

[[gnu::noinline]] int writes_to(volatile std::uint32_t* place)
{
    *place = 0;
    return opaque(1);
}

[[gnu::noinline]] int reads_from(const volatile std::uint32_t* place)
{
    return static_cast<int>(*place) + opaque(1);
}

[[gnu::noinline]] int calls(int (*function)())
{
    return function() + opaque(1);
}

int write_to_text()
{
    return writes_to(reinterpret_cast<volatile std::uint32_t*>(opaque(&returns<0>)));
}

constinit const std::array<std::uint32_t, 4> constants{1, 2, 3, 4};

int write_to_constants()
{
    return writes_to(const_cast<std::uint32_t*>(opaque(constants.data())));
}

alignas(16) constinit std::array<std::uint32_t, 4> writable{};

int execute_data()
{
    return calls(reinterpret_cast<int (*)()>(opaque(writable.data())));
}

int execute_stack()
{
    alignas(16) std::array<std::uint32_t, 4> local{};
    return calls(reinterpret_cast<int (*)()>(opaque(local.data())));
}

int execute_constants()
{
    return calls(reinterpret_cast<int (*)()>(opaque(const_cast<std::uint32_t*>(constants.data()))));
}

int read_null()
{
    return reads_from(opaque(static_cast<const std::uint32_t*>(nullptr)));
}

int write_null()
{
    return writes_to(opaque(static_cast<std::uint32_t*>(nullptr)));
}

int call_null()
{
    return calls(opaque(static_cast<int (*)()>(nullptr)));
}

[[gnu::noinline]] int executes_nonsense()
{
    cpu::illegal_instruction(telltale);
    return opaque(1);
}

int illegal_instruction()
{
    auto thread = ThreadBuilder{}.name("faulty").priority(above).spawn([] { return executes_nonsense() + 1; });
    return thread->join().value();
}

}  // namespace endings
