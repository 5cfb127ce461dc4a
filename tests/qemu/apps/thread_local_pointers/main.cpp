// A pointer to a thread_local variable means that variable in all threads.
#include <pegplan/pegplan.hpp>

using namespace pegplan;

namespace {

thread_local int value = 1;

}  // namespace

int main()
{
    int* const mains = &value;
    value = 10;
    int* others = nullptr;
    Semaphore ready{0};
    Semaphore done{0};
    auto thread = spawn([&] {
        value = 20;
        others = &value;
        ready.release();
        done.acquire();
        print("thread: own {}, main's {}\n", value, *mains);
    });
    ready.acquire();
    print("main: own {}, thread's {}, different {}\n", value, *others, others != mains);
    *others = 21;
    *mains = 11;
    done.release();
    thread->join();
    print("main: own {}\n", value);
    return 0;
}
