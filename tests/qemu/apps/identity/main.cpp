// Ids, names, and handles of threads that are gone.
#include <pegplan/pegplan.hpp>

#include <array>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr Priority above{20};

void ids()
{
    print("== ids\n");
    const ThreadId mine = this_thread::get_id();
    print("same thread, same id {}\n", mine == this_thread::current().id());
    // Records are used again, ids are not.
    constexpr std::size_t count = 1000;
    static std::array<ThreadId, count> seen;
    for (ThreadId& id : seen) {
        auto handle = spawn([] { return this_thread::get_id(); });
        const ThreadId from_handle = handle->thread().id();
        id = handle->join().value();
        if (id != from_handle) {
            print("id {} became {}\n", from_handle, id);
        }
    }
    bool unique = true;
    for (std::size_t index = 0; index < count; ++index) {
        unique = unique && seen[index] != mine && seen[index];
        for (std::size_t other = 0; other < index; ++other) {
            unique = unique && seen[index] != seen[other];
        }
    }
    print("{} unique ids {}\n", count, unique);
    print("nobody has the id {}\n", ThreadId{});
}

void stale_handles()
{
    print("== stale handles\n");
    auto first = ThreadBuilder{}.name("first").spawn([] {});
    const Thread stale = first->thread();
    const Thread copy = stale;
    print("alive: '{}', equal {}\n", stale.name(), stale == copy);
    first->join();
    print("gone: '{}', {}\n", stale.name(), stale.suspend().error());

    // All records are taken in turn, the one of the stale handle among them.
    std::array<JoinHandle<void>, config::max_threads - 1> handles;
    for (auto& handle : handles) {
        auto spawned = ThreadBuilder{}.name("later").stack_size(config::stack_size_min + 1024).spawn([] {});
        if (!spawned) {
            print("{}\n", spawned.error());
            break;
        }
        handle = std::move(*spawned);
    }
    print("record used again: '{}', {}, {}, {}\n", stale.name(), stale.suspend().error(), stale.resume().error(),
          stale.set_priority(above).error());
    print("state gone {}, priority lowest {}\n", stale.stats().state == ThreadState::gone,
          stale.priority() == Priority::lowest());
    bool all_untouched = true;
    for (auto& handle : handles) {
        all_untouched = all_untouched && handle.thread().name() == "later" && !(handle.thread() == stale);
        handle.join();
    }
    print("others untouched {}\n", all_untouched);
    print("same handle, same thread {}\n", this_thread::current() == this_thread::current());
    print("nobody: '{}', id {}\n", Thread{}.name(), Thread{}.id());
}

void names()
{
    print("== names\n");
    constexpr std::string_view text = "0123456789012345678901234567890123456789012345678901234567890123456789";
    const auto of_length = [&](std::size_t length) {
        auto spawned = ThreadBuilder{}.name(text.substr(0, length)).spawn([] {
            print("'{}'\n", this_thread::current().name());
        });
        if (spawned) {
            spawned->join();
        } else {
            print("{} characters: {}\n", length, spawned.error());
        }
    };
    of_length(0);
    of_length(1);
    of_length(22);
    of_length(23);
    of_length(24);
    of_length(70);
    const char* const nothing = nullptr;
    print("null pointer: {}\n", ThreadBuilder{}.name(nothing).spawn([] {}).error());
    print("nullptr: {}\n", ThreadBuilder{}.name(nullptr).spawn([] {}).error());
    print("null view: {}\n", ThreadBuilder{}.name(std::string_view{}).spawn([] {}).error());
    print("null, then named: {}\n", ThreadBuilder{}.name(nullptr).name("x").spawn([] {})->join().has_value());
    print("named, then null: {}\n", ThreadBuilder{}.name("x").name(nullptr).spawn([] {}).error());
    auto long_then_short = ThreadBuilder{}.name("0123456789").spawn([] {});
    long_then_short->join();
    auto shorter = ThreadBuilder{}.name("ab").spawn([] { print("'{}'\n", this_thread::current().name()); });
    shorter->join();
}

void cpu()
{
    print("== cpu\n");
    const CpuId here = this_cpu::id();
    print("{} {} {}\n", here, here == CpuId{0}, static_cast<int>(here));
}

}  // namespace

int main()
{
    ids();
    stale_handles();
    names();
    cpu();
    return 0;
}
