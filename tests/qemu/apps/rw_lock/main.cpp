// Readers and writers. Printed is also which of both the menu prefers, so that each choice has its own expectation.
#include <pegplan/config/sync.hpp>
#include <pegplan/pegplan.hpp>

#include <array>
#include <mutex>
#include <shared_mutex>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

void alone()
{
    print("== alone\n");
    RwLock<int> value{1};
    {
        auto writer = value.write();
        *writer = 2;
        print("{}\n", value.try_read().has_value());
        print("{}\n", value.try_write().has_value());
    }
    {
        auto reader = value.read();
        auto second = value.try_read();
        print("{} {}\n", *reader, **second);
        print("{}\n", value.try_write().has_value());
        print("{}\n", value.try_write_for(1ms).has_value());
        print("{}\n", value.try_read_for(1ms).has_value());
    }
    print("{}\n", value.try_write_until(Clock::now() + 1ms).has_value());

    RwLock<> plain;
    {
        const std::shared_lock reader{plain};
        print("readers {}, writer {}\n", plain.readers(), plain.has_writer());
    }
    {
        const std::scoped_lock writer{plain};
        print("readers {}, writer {}\n", plain.readers(), plain.has_writer());
    }
    print("readers {}, writer {}\n", plain.readers(), plain.has_writer());
}

void order()
{
    print("== order\n");
    RwLock<> lock;
    const auto reader = [&lock](char name) {
        return [&lock, name] {
            lock.lock_shared();
            print("reader {}\n", name);
            this_thread::sleep_for(1ms);
            lock.unlock_shared();
        };
    };
    const auto writer = [&lock](char name) {
        return [&lock, name] {
            lock.lock();
            print("writer {}\n", name);
            this_thread::sleep_for(1ms);
            lock.unlock();
        };
    };
    lock.lock();
    auto a = ThreadBuilder{}.priority(Priority{20}).spawn(reader('a'));
    auto b = ThreadBuilder{}.priority(Priority{20}).spawn(writer('b'));
    auto c = ThreadBuilder{}.priority(Priority{22}).spawn(reader('c'));
    auto d = ThreadBuilder{}.priority(Priority{21}).spawn(writer('d'));
    print("main leaves\n");
    lock.unlock();
    for (auto* thread : {&a, &b, &c, &d}) {
        (*thread)->join();
    }
    print("readers {}, writer {}\n", lock.readers(), lock.has_writer());
}

/// A writer waits for the readers inside; a new reader comes.
void newcomer()
{
    print("== a reader comes while a writer waits\n");
    RwLock<> lock;
    lock.lock_shared();
    auto writer = ThreadBuilder{}.priority(Priority{20}).spawn([&] {
        const std::scoped_lock guard{lock};
        print("writer\n");
    });
    auto reader = ThreadBuilder{}.priority(Priority{21}).spawn([&] {
        const std::shared_lock guard{lock};
        print("reader\n");
    });
    print("{}\n", config::rwlock_writers_first ? std::string_view{"waits"} : std::string_view{"is in"});
    lock.unlock_shared();
    writer->join();
    reader->join();
}

/// A writer gives up: the readers that had to wait behind it come in.
void writer_gives_up()
{
    print("== a writer gives up\n");
    RwLock<> lock;
    lock.lock_shared();
    auto writer = ThreadBuilder{}.priority(Priority{20}).spawn([&] { print("writer {}\n", lock.try_lock_for(1ms)); });
    auto reader = ThreadBuilder{}.priority(Priority{21}).spawn([&] {
        const std::shared_lock guard{lock};
        print("reader\n");
    });
    this_thread::sleep_for(2ms);
    print("main leaves\n");
    lock.unlock_shared();
    writer->join();
    reader->join();
    print("{}\n", lock.try_lock());
    print("{}\n", lock.try_lock_shared());
    lock.unlock();
}

/// Many of both, preempted everywhere: writers alone, readers together, nothing lost.
void stress()
{
    print("== stress\n");
    constexpr int turns = 300;
    RwLock<> lock;
    int inside_writers = 0;
    int inside_readers = 0;
    int most_readers = 0;
    long sum = 0;
    bool wrong = false;
    std::array<JoinHandle<void>, 6> threads;
    for (std::size_t index = 0; index < threads.size(); ++index) {
        threads[index] = std::move(*ThreadBuilder{}.time_slice(100us).spawn([&, index] {
            for (int turn = 0; turn < turns; ++turn) {
                if (index < 2) {
                    const std::scoped_lock guard{lock};
                    wrong = wrong || ++inside_writers != 1 || inside_readers != 0;
                    const volatile long seen = sum;
                    sum = seen + 1;
                    --inside_writers;
                } else {
                    const std::shared_lock guard{lock};
                    ++inside_readers;
                    most_readers = inside_readers > most_readers ? inside_readers : most_readers;
                    wrong = wrong || inside_writers != 0;
                    yield_now();
                    --inside_readers;
                }
            }
        }));
    }
    for (auto& thread : threads) {
        thread.join();
    }
    print("sum {}, wrong {}, readers together {}\n", sum, wrong, most_readers > 1);
}

}  // namespace

int main()
{
    alone();
    order();
    newcomer();
    writer_gives_up();
    stress();
    return 0;
}
