// thread_local variables with constructors and destructors. The first use of one of a source file constructs all of them.
#include "variables.hpp"

#include <pegplan/pegplan.hpp>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr Priority above{20};

class Noisy {
public:
    explicit Noisy(const char* what) noexcept : what_{what} { print("{}: {} is there\n", name(), what_); }
    ~Noisy() { print("{}: {} goes\n", name(), what_); }

    void use() noexcept { ++uses_; }

private:
    const char* what_;
    int uses_ = 0;
};

thread_local Noisy noisy_a{"a"};
thread_local Noisy noisy_b{"b"};

/// Its destructor uses another variable, which is constructed then and goes after it, and takes its time.
struct Late {
    ~Late()
    {
        static thread_local Noisy noisy{"what is used late"};
        noisy.use();
        this_thread::sleep_for(1ms);
        print("{}: late one has slept\n", name());
    }
    int value = 3;
};

int use_late()
{
    static thread_local Late late;
    return late.value;
}

}  // namespace

void constructors()
{
    print("== constructors and destructors\n");
    print("other source's: {} in main\n", constructed_in_other_source.number);
    auto first = ThreadBuilder{}.name("first").spawn([] {
        print("first begins\n");
        noisy_b.use();
        print("other source's: {} {}\n", constructed_in_other_source.number, constructed_in_other_source.number);
        const Noisy local{"a local object"};
        return 1;
    });
    const Result<int> result = first->join();
    print("joined: {}\n", result.value());

    auto exits = ThreadBuilder{}.name("exits").spawn([] {
        noisy_a.use();
        this_thread::exit();
    });
    print("joined: {}\n", exits->join().error());

    auto late = ThreadBuilder{}.name("late").spawn([] { return use_late(); });
    print("joined: {}\n", late->join().value());

    ThreadBuilder{}.name("detached").priority(above).spawn([] { noisy_a.use(); })->detach();
    static_cast<void>(ThreadBuilder{}.name("none").spawn([] {})->join());
    print("other source's: {} in main\n", constructed_in_other_source.number);
    noisy_a.use();
}

