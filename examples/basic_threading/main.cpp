// Two threads take turns; the first one's priority and stack are chosen, the second one's are the defaults.
#include <pegplan/pegplan.hpp>

using namespace pegplan;

namespace {

constexpr int iterations = 10;

}  // namespace

int main()
{
    auto worker1 = ThreadBuilder{}.name("worker1").stack_size(64_KiB).priority(Priority{10}).spawn([] {
        for (int i = 0; i < iterations; ++i) {
            print("Worker 1: iteration {}\n", i);
            yield_now();
        }
    });
    if (!worker1) {
        print("worker1 could not be spawned: {}\n", worker1.error());
        return 1;
    }

    auto worker2 = ThreadBuilder{}.name("worker2").spawn([] {
        for (int i = 0; i < iterations; ++i) {
            print("Worker 2: iteration {}\n", i);
            yield_now();
        }
    });
    if (!worker2) {
        print("worker2 could not be spawned: {}\n", worker2.error());
        return 1;
    }

    if (!worker1->join() || !worker2->join()) {
        print("a worker could not be joined\n");
        return 1;
    }
    print("basic_threading: done\n");
    return 0;
}
