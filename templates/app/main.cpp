// @NAME@: two threads take turns at a counter. Its options are declared in Kconfig and set in app.config.
#include <pegplan/config/app.hpp>
#include <pegplan/pegplan.hpp>

using namespace pegplan;
using namespace std::chrono_literals;

int main()  // runs as the first thread; its return value is the image's exit code
{
    Mutex<int> turns{0};

    auto worker = ThreadBuilder{}.name("worker").spawn([&] {
        for (int turn = 1; turn <= config::@name@_turns; ++turn) {
            print("worker: turn {}\n", turn);
            *turns.lock() += 1;
            this_thread::sleep_for(10ms);
        }
    });
    if (!worker) {
        print("spawn: {}\n", worker.error());
        return 1;
    }
    if (!worker->join()) {
        return 1;
    }
    print("@NAME@: {} turns\n", *turns.lock());
    return 0;
}
