// Fork-join: what tasks compute is right however many workers do it, and whoever runs them. The same text for any number of CPUs.
#include <pegplan/pegplan.hpp>

#include <array>
#include <atomic>
#include <bit>
#include <functional>
#include <optional>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr int rounds = 1000;

int fibonacci(int n)
{
    if (n < 2) {
        return n;
    }
    int a = 0;
    TaskGroup group;
    group.run([&a, n] { a = fibonacci(n - 1); });
    const int b = fibonacci(n - 2);
    group.wait();
    return a + b;
}

/// In a worker, from an ordinary thread.
template <class Work>
void as_task(Work work)
{
    TaskGroup group;
    group.run([&work] { work(); });
    group.wait();
}

std::uint64_t sum_of_stats(std::uint64_t tasks::WorkerStats::* member)
{
    std::uint64_t sum = 0;
    for (std::size_t number = 0; number < tasks::worker_count; ++number) {
        sum += tasks::stats(number).*member;
    }
    return sum;
}

void before_workers()
{
    Task task{[] {}};
    TaskGroup group;
    print("no workers yet: {}, on a worker {}\n", group.submit(task).error(), tasks::on_worker());
    print("started: {} {}\n", tasks::start().has_value(), tasks::start().has_value());
    print("submitted: {}\n", group.submit(task).has_value());
}

void recursion()
{
    int result = 0;
    as_task([&result] { result = fibonacci(16); });
    print("fibonacci in a task: {}\n", result);
    print("and begun by a thread: {}\n", fibonacci(10));
}

void loops()
{
    static std::array<std::atomic<int>, rounds> visits{};
    parallel_for(0, rounds, 16, [](int i) { visits[static_cast<std::size_t>(i)].fetch_add(i); });
    bool right = true;
    for (int i = 0; i < rounds; ++i) {
        right = right && visits[static_cast<std::size_t>(i)] == i;
    }
    print("each round once: {}\n", right);

    std::atomic<std::size_t> covered{0};
    std::atomic<std::size_t> longest{0};
    parallel_for(3u, std::size_t{rounds}, 7u, [&](std::size_t first, std::size_t last) {
        covered += last - first;
        for (std::size_t before = longest; before < last - first && !longest.compare_exchange_weak(before, last - first);) {
        }
    });
    print("ranges of at most 7: {} {}\n", covered == rounds - 3, longest <= 7);

    bool here = false;
    parallel_for(0, 8, 8, [&here, main = this_thread::get_id()](int) { here = this_thread::get_id() == main; });
    print("one grain is done by the caller: {}\n", here);
    int none = 0;
    parallel_for(5, 5, 1, [&none](int) { ++none; });
    parallel_for(5, -5, 1, [&none](int) { ++none; });
    print("empty ranges: {}\n", none);
    std::atomic<int> extremes{0};
    parallel_for<std::int8_t>(-128, 127, 1, [&extremes](std::int8_t) { ++extremes; });
    print("the whole of a type: {}\n", extremes.load());

    const long sum = parallel_reduce(0, rounds, 10, 0L, std::plus{}, [](int i) { return static_cast<long>(i); });
    print("sum {}\n", sum);
    // Associative and not commutative: digits as a number, modulo a prime, with the power of ten by which they shift what is before.
    struct Digits {
        std::uint64_t value;
        std::uint64_t power;
    };
    constexpr std::uint64_t prime = 1'000'000'007;
    const auto append = [](Digits a, Digits b) { return Digits{(a.value * b.power + b.value) % prime, a.power * b.power % prime}; };
    const auto digit = [](int i) { return Digits{static_cast<std::uint64_t>(i * i % 10), 10}; };
    Digits alone{0, 1};
    for (int i = 0; i < rounds; ++i) {
        alone = append(alone, digit(i));
    }
    const Digits together = parallel_reduce(0, rounds, 3, Digits{0, 1}, append, digit);
    print("in order: {}\n", together.value == alone.value && together.power == alone.power);
}

void nested_loops()
{
    std::atomic<int> count{0};
    parallel_for(0, 20, 1, [&count](int i) { parallel_for(0, i, 1, [&count](int) { ++count; }); });
    print("loops in loops: {}\n", count.load());
}

/// Workers sleep inside of tasks, and what they have run is done by others meanwhile, or later.
void blocking()
{
    std::atomic<int> done{0};
    {
        TaskGroup group;
        for (int i = 0; i < 8; ++i) {
            group.run([&done] {
                TaskGroup inner;
                inner.run([&done] { done += 10; });
                this_thread::sleep_for(2ms);
                ++done;
            });
        }
    }
    Mutex<int> value{0};
    as_task([&] {
        parallel_for(0, 100, 1, [&value](int) {
            const auto guard = value.lock();
            this_thread::yield();
            ++*guard;
        });
    });
    BinarySemaphore arrived;
    TaskGroup waiting;
    waiting.run([&arrived, &done] {
        arrived.acquire();
        done += 1000;
    });
    arrived.release();
    waiting.wait();
    print("tasks that block: {} {}\n", done.load(), *value.lock());
}

/// Keeps a number of workers from doing anything.
class Keepers {
public:
    explicit Keepers(int count) : count_{count}, kept_{count}
    {
        for (int i = 0; i < count; ++i) {
            group_.run([this] {
                kept_.count_down();
                gate_.acquire();
            });
        }
        kept_.wait();
    }
    void release()
    {
        if (count_ > 0) {
            gate_.release(count_);
            group_.wait();
        }
    }

private:
    int count_;
    Latch kept_;
    Semaphore gate_{0};
    TaskGroup group_;
};

constexpr auto workers = static_cast<int>(tasks::worker_count);

/// More tasks than there are records, of a worker and of a thread.
void exhaustion()
{
    constexpr auto capacity = static_cast<int>(std::bit_ceil(static_cast<unsigned>(config::task_deque_capacity)));
    std::atomic<int> done{0};
    {
        // Nobody steals.
        Keepers others{workers - 1};
        const std::uint64_t before = sum_of_stats(&tasks::WorkerStats::at_once);
        int done_at_once = 0;
        as_task([&done, &done_at_once] {
            TaskGroup group;
            for (int i = 0; i < 3 * capacity; ++i) {
                group.run([&done] { done += 1; });
            }
            done_at_once = done;
        });
        print("more than a worker keeps: the rest at once {}, all {}, counted {}\n", done_at_once == 2 * capacity, done == 3 * capacity,
              sum_of_stats(&tasks::WorkerStats::at_once) - before == std::uint64_t{2 * capacity});
        others.release();
    }

    // While all workers are kept, nobody takes what threads run. A kept worker's own task has left the inbox, but its record is out.
    done = 0;
    Keepers keepers{workers};
    const std::uint64_t before = tasks::done_by_threads();
    const auto add = [&done] { done += 1; };
    std::array<std::optional<Task<decltype(add)>>, tasks::worker_count + 2> own;
    for (auto& task : own) {
        task.emplace(add);
    }
    TaskGroup group;
    for (int i = 0; i < config::task_inbox_capacity + 5; ++i) {
        group.run(add);
    }
    print("more than there are records: {}\n", done == workers + 5);
    for (int i = 0; i <= workers; ++i) {
        group.run(*own[static_cast<std::size_t>(i)]);
    }
    print("more than the inbox holds: {}\n", done == workers + 6);
    print("counted: {}\n", tasks::done_by_threads() - before == static_cast<std::uint64_t>(done.load()));
    print("from an interrupt handler it is refused: {}\n", group.submit(*own.back()).error());
    keepers.release();
    group.wait();
    print("all: {}\n", done == config::task_inbox_capacity + 5 + workers + 1);
}

/// Several groups at once, by several threads, of tasks in their own memory.
void many_groups()
{
    constexpr int threads = 5;
    std::array<JoinHandle<int>, threads> handles;
    for (auto& handle : handles) {
        handle = spawn([] {
                     int sum = 0;
                     for (int round = 0; round < 10; ++round) {
                         std::array<int, 4> parts{};
                         auto part = [&parts](std::size_t i) { return Task{[&parts, i] { parts[i] = fibonacci(6) + static_cast<int>(i); }}; };
                         auto a = part(0);
                         auto b = part(1);
                         auto c = part(2);
                         auto d = part(3);
                         TaskGroup group;
                         group.run(a);
                         group.run(b);
                         group.run(c);
                         group.wait();
                         group.run(d);
                         group.run(a);  // again
                         group.wait();
                         sum += parts[0] + parts[1] + parts[2] + parts[3];
                     }
                     return sum;
                 }).value();
    }
    bool right = true;
    for (auto& handle : handles) {
        right = handle.join().value() == 10 * (4 * 8 + 6) && right;
    }
    print("groups of several threads: {}\n", right);
}

/// A timer's function, in the interrupt, submits tasks; one of them adds to the group itself.
void from_interrupts()
{
    std::atomic<int> done{0};
    BinarySemaphore last;
    TaskGroup group;
    Task child{[&] { done += 10; }};
    Task task{[&] {
        ++done;
        group.run(child);
        last.release();
    }};
    bool submitted = false;
    Timer timer{[&] { submitted = group.submit(task).has_value(); }};
    timer.start_once(1ms);
    last.acquire();
    group.wait();
    print("from an interrupt: {} {}\n", submitted, done.load());
}

/// Tasks add to the group that they are of, without waiting.
struct Tree {
    TaskGroup& group;
    std::atomic<int>& leaves;

    void grow(int depth) const
    {
        if (depth == 0) {
            ++leaves;
            return;
        }
        group.run([this, depth] { grow(depth - 1); });
        group.run([this, depth] { grow(depth - 1); });
    }
};

void one_group()
{
    std::atomic<int> leaves{0};
    TaskGroup group;
    const Tree tree{group, leaves};
    tree.grow(8);
    group.wait();
    print("leaves {} {}\n", leaves.load(), group.is_done());
}

void statistics()
{
    using tasks::WorkerStats;
    const bool steals = sum_of_stats(&WorkerStats::local_steals) + sum_of_stats(&WorkerStats::remote_steals) > 0;
    print("work was stolen if there are several workers: {}\n", steals == (tasks::worker_count > 1));
    print("everything was counted: {} {} {}\n", sum_of_stats(&WorkerStats::executed) > 3000, sum_of_stats(&WorkerStats::jobs) > 50,
          sum_of_stats(&WorkerStats::at_once) > 0);
    print("and sleeps: {}\n", sum_of_stats(&WorkerStats::parks) > 0);
    const WorkerStats nobody = tasks::stats(tasks::worker_count);
    print("of nobody: {} {}\n", nobody.executed, nobody.parks);
}

}  // namespace

int main()
{
    before_workers();
    recursion();
    loops();
    nested_loops();
    blocking();
    exhaustion();
    many_groups();
    from_interrupts();
    one_group();
    statistics();
    return 0;
}
