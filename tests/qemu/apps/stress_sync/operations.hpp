// What the threads of this application share, and the operations of which they do one after the other.
#pragma once

#include <pegplan/pegplan.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

namespace stress {

using namespace pegplan;

/// xorshift32, Marsaglia 2003.
class Random {
public:
    explicit Random(std::uint32_t seed) noexcept : state_{seed * 2'654'435'761u | 1} {}

    std::uint32_t next() noexcept
    {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 17;
        state_ ^= state_ << 5;
        return state_;
    }
    std::uint32_t below(std::size_t end) noexcept { return static_cast<std::uint32_t>((next() >> 8) % end); }
    std::chrono::nanoseconds time_up_to(std::chrono::nanoseconds longest) noexcept
    {
        return std::chrono::nanoseconds{below(static_cast<std::size_t>(longest.count()) + 1)};
    }

private:
    std::uint32_t state_;
};

/// Below that of the governor and of main.
inline Priority random_priority(Random& random) noexcept
{
    return Priority{static_cast<int>(1 + random.below(static_cast<std::size_t>(Priority::highest().level() - 2)))};
}

template <class... Arguments>
void check(bool holds, FormatString<Arguments...> format, const Arguments&... arguments)
{
    if (!holds) {
        panic<Arguments...>(format, arguments...);
    }
}

/// Of a thread that holds no mutex.
void check_own_priority();

enum Operation : std::size_t {
    nested_mutexes, recursive_mutex, robust_mutex, reading, writing, tokens, signal_taken, flags, produce, consume, sending, receiving,
    any_of, pipe_write, pipe_read, barrier_passed, once, sleeping, stopped, work_done, operations
};

struct Message {
    std::uint32_t producer;
    std::uint32_t sequence;
};

/// A place where only so many may be at once.
class Place {
public:
    void enter(int most)
    {
        const int now = ++inside_;
        check(now <= most, "{} threads where at most {} may be", now, most);
    }
    void leave() { --inside_; }
    [[nodiscard]] bool empty() const { return inside_ == 0; }

private:
    std::atomic<int> inside_ = 0;
};

inline constexpr int token_count = 3;
inline constexpr std::size_t barrier_group = 3;
inline constexpr std::size_t most_producers = 16;
inline constexpr std::uint32_t handler_as_producer = most_producers - 1;
inline constexpr std::size_t mutex_count = 4;
inline constexpr std::size_t work_count = 4;

/// For each producer the last message seen by somebody: what one sees of a producer comes in order.
class Order {
public:
    void see(const Message& message)
    {
        check(message.producer < most_producers, "a message of {}, who sends none", message.producer);
        std::uint32_t& last = last_[message.producer];
        check(message.sequence > last, "message {} of {} comes behind {}", message.sequence, message.producer, last);
        last = message.sequence;
    }

private:
    std::array<std::uint32_t, most_producers> last_{};
};

/// All primitives, and what must stay true of each. The calls of handlers are those that say so.
class World {
public:
    World();

    void start();
    /// From ISRs.
    void give_signal();
    void set_flag(Random& random);
    void send_from_handler(std::uint32_t& sequence);
    void submit_work(Random& random);
    /// Takes what threads may wait to give. From threads.
    void take_all();
    /// When all have ended: the sums.
    void check_end();

    ConditionVariable items_changed;

private:
    friend class Worker;

    void see_received(const Message&) { ++received_; }
    void count(Operation operation) { ++done_[operation]; }
    void do_work()
    {
        work_place_.enter(1);
        ++work_done_;
        work_place_.leave();
    }

    std::array<Mutex<>, mutex_count> mutexes_;
    std::array<Place, mutex_count> in_mutex_;
    Mutex<void, {.recursive = true}> recursive_;
    Place in_recursive_;
    Mutex<int, {.robust = true}> robust_{0};
    Place in_robust_;
    std::atomic<int> robust_count_ = 0;
    RwLock<> rw_lock_;
    Place writers_;
    std::atomic<int> readers_ = 0;
    Semaphore tokens_{token_count, token_count};
    Place with_token_;
    BinarySemaphore signal_;
    std::atomic<int> signals_given_ = 0;
    std::atomic<int> signals_taken_ = 0;
    EventFlags flags_;
    std::atomic<int> flags_set_ = 0;
    std::atomic<int> flags_taken_ = 0;
    Mutex<int> items_{0};
    int produced_ = 0;
    int consumed_ = 0;
    MessageQueue<Message, 4> queue_;
    std::atomic<int> sent_ = 0;
    std::atomic<int> received_ = 0;
    Pipe<24> pipe_;
    Mutex<int> pipe_reader_{0};  ///< how many bytes of the next record have been read
    std::array<std::byte, sizeof(Message)> record_{};
    Order in_pipe_;
    std::atomic<int> written_ = 0;
    int read_ = 0;
    struct CountRound {
        std::atomic<int>* rounds;
        void operator()() const { ++*rounds; }
    };
    std::atomic<int> rounds_ = 0;
    std::atomic<int> passed_ = 0;
    Barrier<CountRound> barrier_{static_cast<int>(barrier_group), CountRound{&rounds_}};
    std::array<Once, 64> once_;
    std::array<std::atomic<int>, 64> once_called_{};
    std::atomic<int> once_next_ = 0;
    struct CountWork {
        World* world;
        void operator()() const { world->do_work(); }
    };
    WorkQueue work_queue_;
    std::array<std::optional<Work<CountWork>>, work_count> works_;
    Place work_place_;
    std::atomic<int> work_submitted_ = 0;
    std::atomic<int> work_done_ = 0;
    std::array<std::atomic<int>, operations> done_{};
};

/// One thread's part.
class Worker {
public:
    Worker(World& world, Random& random, std::size_t index) noexcept
        : world_{world}, random_{random}, index_{static_cast<std::uint32_t>(index)}
    {
    }

    /// One operation, chosen at random. Holds nothing afterwards.
    void do_something();

private:
    void use(Place& place, int most);
    void lock_nested();
    void lock_recursive();
    void lock_robust();
    void read_or_write();
    void take_token();
    void take_signal();
    void take_flags();
    void produce_or_consume();
    void send_or_receive();
    void wait_for_any();
    void write_or_read_pipe();
    void meet();
    void call_once();
    void stop_another();
    [[nodiscard]] std::chrono::nanoseconds limit() { return random_.time_up_to(std::chrono::microseconds{150}); }

    World& world_;
    Random& random_;
    std::uint32_t index_;
    std::uint32_t sent_ = 0;
    std::uint32_t written_ = 0;
    Order seen_;
};

}  // namespace stress
