// Threads that are preempted all the time and call the C library, which knows nothing of them and takes locks: it must
// not be preempted. An application for the host alone.
#include <pegplan/pegplan.hpp>

#include <array>
#include <atomic>

extern "C" {
void* malloc(std::size_t bytes);
void free(void* memory);
}

using namespace pegplan;
using namespace std::chrono_literals;

int main()
{
    std::atomic<bool> stop = false;
    std::array<JoinHandle<std::uint64_t>, 4> threads;
    for (std::size_t index = 0; index < threads.size(); ++index) {
        threads[index] = std::move(*ThreadBuilder{}.time_slice(100us).spawn([index, &stop] {
            std::uint64_t turns = 0;
            std::array<std::uint64_t*, 32> kept{};
            for (; !stop; ++turns) {
                std::uint64_t*& place = kept[turns % kept.size()];
                if (place != nullptr && (place[0] != index || place[1] != turns - kept.size())) {
                    panic("memory of thread {} was given to another", index);
                }
                free(place);
                place = static_cast<std::uint64_t*>(malloc(16 + turns * 37 % 3000));
                place[0] = index;
                place[1] = turns;
            }
            return turns;
        }));
    }
    this_thread::sleep_for(400ms);
    stop = true;
    bool all = true;
    for (auto& thread : threads) {
        all = all && thread.join().value() > 100;
    }
    print("all got on {}\n", all);
    return 0;
}
