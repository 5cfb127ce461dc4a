// All primitives at once, at random: threads of changing priorities and short slices that take, give, wait with limits and give up, while a
// timer's handler and an urgent thread suspend, resume and reprioritise them. Whatever the order, nothing may be lost, doubled or
// mixed; what each operation must keep is checked as it goes, the sums at the end.
//
// The number that QEMU puts into RAM is the seed (low 16 bits) and the milliseconds to run (high 16 bits); without it 1 and 100.
#include "tests/qemu/apps/stress_sync/operations.hpp"
#include "tests/qemu/apps/support/scenario.hpp"

#include <array>
#include <atomic>
#include <cstdint>

using namespace pegplan;
using namespace std::chrono_literals;
using namespace stress;

namespace {

constexpr std::size_t worker_count = 12;
constexpr auto longest_suspension = 200us;

std::array<JoinHandle<void>, worker_count> workers;
std::atomic<bool> stopping = false;

void work(World& world, std::uint32_t seed, std::size_t index)
{
    Random random{seed * 1000 + static_cast<std::uint32_t>(index)};
    Worker self{world, random, index};
    while (!stopping) {
        self.do_something();
        check_own_priority();
    }
}

/// Suspends, resumes and reprioritises anybody. From threads and ISRs.
void disturb(Random& random)
{
    const Thread victim = workers[random.below(worker_count)].thread();
    switch (random.below(4)) {
    case 0: victim.suspend(); break;
    case 1: victim.set_priority(random_priority(random)); break;
    default: workers[random.below(worker_count)].thread().resume(); break;
    }
}

/// The urgent thread: disturbs, and sees to it that nobody stays suspended for long.
void govern(std::uint32_t seed)
{
    Random random{seed + 77};
    while (!stopping) {
        for (int times = 0; times < 4; ++times) {
            disturb(random);
            this_thread::sleep_for(random.time_up_to(longest_suspension / 4));
        }
        for (const auto& worker : workers) {
            worker.thread().resume();
        }
    }
}

/// In the timer's interrupt.
void interrupt(World& world, Random& random, std::uint32_t& sequence)
{
    switch (random.below(6)) {
    case 0: disturb(random); break;
    case 1: world.give_signal(); break;
    case 2: world.set_flag(random); break;
    case 3: world.send_from_handler(sequence); break;
    case 4: world.submit_work(random); break;
    default: world.items_changed.notify_one(); break;
    }
}

/// Lets everybody come to an end: gives what they may wait for without limit.
void end_all(World& world)
{
    stopping = true;
    for (auto& worker : workers) {
        for (;;) {
            worker.thread().resume();
            if (worker.join_for(100us)) {
                break;
            }
            world.take_all();
        }
    }
    world.take_all();
}

}  // namespace

int main()
{
    const std::uint32_t number = scenario::number();
    const std::uint32_t seed = (number & 0xffff) != 0 ? number & 0xffff : 1;
    const auto duration = std::chrono::milliseconds{(number >> 16) != 0 ? number >> 16 : 100};

    static World world;
    world.start();
    Random spawning{seed};
    for (std::size_t index = 0; index < worker_count; ++index) {
        auto spawned = ThreadBuilder{}
                           .name("worker")
                           .priority(random_priority(spawning))
                           .time_slice(20us + spawning.time_up_to(200us))
                           .spawn([seed, index] {
                               work(world, seed, index);
                           });
        workers[index] = std::move(*spawned);
    }
    auto governor = ThreadBuilder{}.name("governor").priority(Priority::highest()).spawn([seed] { govern(seed); });
    Random of_handler{seed + 99};
    std::uint32_t sequence = 0;
    {
        Timer timer{[&] { interrupt(world, of_handler, sequence); }};
        timer.start_periodic(37us);
        this_thread::current().set_priority(Priority::highest());
        for (const auto end = Clock::now() + duration; Clock::now() < end;) {
            this_thread::sleep_for(1ms);
            world.take_all();  // else, in time, all workers would wait to write
        }
    }
    stopping = true;
    static_cast<void>(governor->join());
    end_all(world);
    world.check_end();
    check_own_priority();
    print("all is well\n");
    return 0;
}
