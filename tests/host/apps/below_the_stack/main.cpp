// A thread writes just below its stack.
#include "core/sched/cpu.hpp"

#include <pegplan/pegplan.hpp>

using namespace pegplan;

int main()
{
    auto careless = ThreadBuilder{}.name("careless").stack_size(8_KiB).spawn([] {
        auto* const place = reinterpret_cast<volatile char*>(kernel::this_cpu().current->stack.memory.data()) - 64;
        *place = *place;
    });
    careless->join();
    print("nobody noticed\n");
    return 0;
}
