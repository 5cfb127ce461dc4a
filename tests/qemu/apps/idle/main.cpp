// A second in which nearly nothing happens: how often the timer interrupts meanwhile is for the emulator to count.
#include <pegplan/pegplan.hpp>

using namespace pegplan;
using namespace std::chrono_literals;

int main()
{
    auto first = spawn([] { this_thread::sleep_for(250ms); });
    auto second = spawn([] { this_thread::sleep_for(500ms); });
    auto patient = spawn([] { this_thread::current().suspend(); });
    print("begin\n");
    this_thread::sleep_for(1s);
    print("end\n");
    patient->thread().resume();
    patient->join();
    return first->join() && second->join() ? 0 : 1;
}
