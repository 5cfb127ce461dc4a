// Threads on the smallest stacks that the menu allows are preempted all the time, and have room to spare.
#include "core/sched/cpu.hpp"
#include "tests/qemu/apps/support/cpu.hpp"

#include <pegplan/config/arch.hpp>
#include <pegplan/pegplan.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

/// A pattern over the unused part of the calling thread's stack, and how much of it is intact.
class Paint {
public:
    [[gnu::noinline]] Paint() noexcept
    {
        const auto here = reinterpret_cast<std::byte*>(__builtin_frame_address(0));
        for (std::byte* at = bottom_; at < here - margin; ++at) {
            *static_cast<volatile std::byte*>(at) = colour;
        }
    }

    [[nodiscard]] std::size_t intact() const noexcept
    {
        std::size_t count = 0;
        while (static_cast<volatile const std::byte*>(bottom_)[count] == colour) {
            ++count;
        }
        return count;
    }

private:
    static constexpr std::byte colour{0xa5};
    static constexpr std::ptrdiff_t margin = 64;  // for an interrupt meanwhile the stack below is not needed

    std::byte* bottom_ = kernel::this_cpu().current->stack.memory.data();
};

/// Keeps all floating-point registers busy, where threads may have them. Static: the stacks are small.
template <bool HasFp>
struct Work {
    static bool run(std::size_t, int turns) noexcept
    {
        for (int turn = 0; turn < turns; ++turn) {
            asm volatile("");
        }
        return true;
    }
};

template <>
struct Work<true> {
    template <class Cpu = std::size_t>
    static bool run(Cpu index, int turns) noexcept
    {
        static std::array<std::array<std::uint64_t, 64>, 4> in;
        static std::array<std::array<std::uint64_t, 64>, 4> out;
        for (std::size_t word = 0; word < in[index].size(); ++word) {
            in[index][word] = index << 32 | word;
        }
        cpu::hold_fp_registers(in[index].data(), out[index].data(), static_cast<std::uint64_t>(turns));
        bool kept = true;
        for (std::size_t word = 0; word < cpu::fp_register_words; ++word) {
            kept = kept && in[index][word] == out[index][word];
        }
        return kept;
    }
};

using ThreadWork = Work<!config::fp_none>;

/// What a spinner reports: bytes that it never needed, and whether its registers were kept.
struct Report {
    std::size_t unused;
    bool kept;
};

constexpr std::size_t closure_room = 64;

}  // namespace

int main()
{
    std::atomic<bool> stop = false;
    const auto builder = [] {
        return ThreadBuilder{}.stack_size(config::stack_size_min + closure_room).time_slice(20us);
    };
    auto urgent = builder().priority(Priority::highest()).spawn([&stop] {
        const Paint paint;
        bool kept = true;
        while (!stop) {
            this_thread::sleep_for(13us);
            kept = kept && ThreadWork::run(std::size_t{3}, 10);
        }
        return Report{paint.intact(), kept};
    });
    std::array<JoinHandle<Report>, 3> spinners;
    for (std::size_t index = 0; index < spinners.size(); ++index) {
        spinners[index] = std::move(*builder().priority(Priority::lowest()).spawn([index] {
            const Paint paint;
            bool kept = true;
            for (int round = 0; round < 50; ++round) {
                kept = kept && ThreadWork::run(index, 3000);
            }
            return Report{paint.intact(), kept};
        }));
    }
    for (auto& spinner : spinners) {
        const Report report = spinner.join().value();
        print("spinner: kept {}, room {}\n", report.kept, report.unused > 0);
    }
    stop = true;
    const Report report = urgent->join().value();
    print("urgent: kept {}, room {}\n", report.kept, report.unused > 0);
    // A line printed from a small stack: that takes more than the smallest one that the menu can be talked into.
    constexpr std::size_t enough_to_print = 2048;
    auto printing = builder().stack_size(std::max<std::size_t>(config::stack_size_min, enough_to_print) + closure_room).spawn([] {
        const Paint paint;
        print("{} {:>10} {:#x}\n", "from a small stack", 42, 255);
        return paint.intact();
    });
    print("printing: room {}\n", printing->join().value() > 0);
    return 0;
}
