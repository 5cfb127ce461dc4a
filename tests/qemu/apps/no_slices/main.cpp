// Without time slices a thread runs until it gives way; the more urgent ones still preempt it.
#include "tests/qemu/apps/support/timing.hpp"

#include <pegplan/pegplan.hpp>

using namespace pegplan;
using namespace std::chrono_literals;

int main()
{
    auto first = ThreadBuilder{}.priority(Priority{10}).time_slice(1ms).spawn([] {
        print("first begins\n");
        timing::spin_for(30ms);
        print("first yields\n");
        yield_now();
        timing::spin_for(30ms);
        print("first ends\n");
    });
    auto second = ThreadBuilder{}.priority(Priority{10}).time_slice(1ms).spawn([] {
        print("second begins\n");
        timing::spin_for(30ms);
        print("second ends\n");
    });
    this_thread::sleep_for(10ms);
    print("main preempts\n");
    this_thread::sleep_for(30ms);
    print("main preempts\n");
    first->join();
    second->join();
    return 0;
}
