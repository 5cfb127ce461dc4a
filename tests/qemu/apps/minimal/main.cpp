// What the smallest configuration still does: a few threads on 2 KiB each, priorities, slices, sleeps, a mutex.
#include <pegplan/pegplan.hpp>

#include <array>
#include <atomic>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

void priorities()
{
    print("== priorities\n");
    const Thread self = this_thread::current();
    const Priority before = self.priority();
    self.set_priority(Priority{2});
    std::array<JoinHandle<void>, 4> handles;
    for (int index = 0; index < 4; ++index) {
        handles[static_cast<std::size_t>(index)] =
            std::move(*ThreadBuilder{}.priority(Priority{index}).spawn([index] { print("priority {}\n", index); }));
    }
    print("main at {}\n", self.priority());
    self.set_priority(before);
    for (auto& handle : handles) {
        handle.join();
    }
}

void slices()
{
    print("== slices\n");
    static std::array<char, 8> turns;
    static std::atomic<std::size_t> count = 0;
    static std::atomic<char> last = ' ';
    std::array<JoinHandle<void>, 2> handles;
    for (std::size_t index = 0; index < handles.size(); ++index) {
        handles[index] = std::move(*ThreadBuilder{}.priority(Priority{0}).time_slice(500us).spawn([index] {
            const char name = static_cast<char>('a' + index);
            while (count < turns.size()) {
                if (last.exchange(name) != name) {
                    // The other one may have taken the last place since the loop looked.
                    if (const std::size_t place = count++; place < turns.size()) {
                        turns[place] = name;
                    }
                }
            }
        }));
    }
    for (auto& handle : handles) {
        handle.join();
    }
    print("{}\n", std::string_view{turns.data(), turns.size()});
}

void locks()
{
    print("== locks\n");
    static Mutex<int> counter{0};
    std::array<JoinHandle<void>, 4> handles;
    for (auto& handle : handles) {
        handle = std::move(*spawn([] {
            for (int turn = 0; turn < 100; ++turn) {
                auto guard = counter.lock();
                const int seen = *guard;
                yield_now();
                *guard = seen + 1;
            }
        }));
    }
    for (auto& handle : handles) {
        handle.join();
    }
    print("{}\n", *counter.lock());
}

void limits()
{
    print("== limits\n");
    std::array<JoinHandle<int>, config::max_threads> handles;
    std::size_t count = 0;
    for (;; ++count) {
        auto next = spawn([count] { return static_cast<int>(count); });
        if (!next) {
            print("{} threads, then {}\n", count, next.error());
            break;
        }
        handles[count] = std::move(*next);
    }
    int sum = 0;
    for (std::size_t index = 0; index < count; ++index) {
        sum += handles[index].join().value();
    }
    print("sum {}\n", sum);
    print("{}\n", ThreadBuilder{}.name("12345678").spawn([] {}).error());
    print("{}\n", ThreadBuilder{}.priority(Priority{config::num_priorities}).spawn([] {}).error());
    auto sleeper = ThreadBuilder{}.name("1234567").spawn([] {
        this_thread::sleep_for(3ms);
        return this_thread::current().name().size();
    });
    print("{}\n", sleeper->join_for(1ms).error());
    print("{}\n", sleeper->join().value());
}

}  // namespace

int main()
{
    priorities();
    slices();
    locks();
    limits();
    return 0;
}
