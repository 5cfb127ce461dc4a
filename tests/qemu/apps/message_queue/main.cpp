// Message queues: order, both ends, waiting on either side, objects that count their lives, mailboxes, bytes.
#include "tests/qemu/apps/support/tracked.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <cstring>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr Priority above{20};

void without_waiting()
{
    print("== without waiting\n");
    MessageQueue<int, 3> queue;
    print("{}\n", queue.try_receive().has_value());
    print("{}\n", queue.peek().has_value());
    queue.send(1);
    queue.send(2);
    queue.send_front(0);
    print("size {}, full {}\n", queue.size(), queue.full());
    print("{}\n", queue.try_send(9));
    print("{}\n", queue.try_send_front(9));
    print("{}\n", queue.send_for(9, 1ms));
    print("peek {}\n", *queue.peek());
    print("{}\n", queue.receive());
    print("{}\n", queue.try_send(3));
    print("{}\n", *queue.try_receive());
    print("{}\n", *queue.receive_for(1ms));
    print("{}\n", queue.receive());
    print("{}\n", queue.receive_for(1ms).error());
    print("{}\n", queue.receive_until(Clock::now()).error());
    print("empty {}, capacity {}\n", queue.empty(), queue.capacity());
    for (int turn = 0; turn < 10; ++turn) {  // round and round
        queue.send(turn);
        queue.send_front(-turn);
        const int first = queue.receive();
        print("{} {} ", first, queue.receive());
    }
    print("\n");
    queue.send(1);
    queue.clear();
    print("empty {}\n", queue.empty());
}

void receivers_wait()
{
    print("== receivers wait\n");
    MessageQueue<int, 2> queue;
    constexpr std::array levels{20, 22, 21, 22};
    std::array<JoinHandle<void>, levels.size()> threads;
    for (std::size_t index = 0; index < levels.size(); ++index) {
        threads[index] = std::move(*ThreadBuilder{}.priority(Priority{levels[index]}).spawn([index, &queue] {
            const int message = queue.receive();
            print("{} gets {}\n", index, message);
        }));
    }
    for (int message = 1; message <= 4; ++message) {
        queue.send(message);
    }
    print("empty {}\n", queue.empty());
    for (auto& thread : threads) {
        thread.join();
    }
}

void senders_wait()
{
    print("== senders wait\n");
    MessageQueue<int, 2> queue;
    queue.send(1);
    queue.send(2);
    constexpr std::array levels{20, 22, 21};
    std::array<JoinHandle<void>, levels.size()> threads;
    for (std::size_t index = 0; index < levels.size(); ++index) {
        threads[index] = std::move(*ThreadBuilder{}.priority(Priority{levels[index]}).spawn([index, &queue] {
            queue.send(static_cast<int>(10 + index));
            print("{} has sent\n", index);
        }));
    }
    auto urgent = ThreadBuilder{}.priority(Priority{25}).spawn([&queue] {
        queue.send_front(99);
        print("urgent has sent\n");
    });
    auto impatient = ThreadBuilder{}.priority(above).spawn([&queue] { print("impatient {}\n", queue.send_for(77, 1ms)); });
    this_thread::sleep_for(2ms);
    for (int turn = 0; turn < 6; ++turn) {
        print("main gets {}\n", queue.receive());
    }
    print("empty {}\n", queue.empty());
    for (auto& thread : threads) {
        thread.join();
    }
    urgent->join();
    impatient->join();
}

void objects()
{
    print("== objects\n");
    {
        MessageQueue<Tracked, 2> queue;
        queue.send(Tracked{1});
        queue.send(Tracked{2});
        Tracked third{3};
        print("{}\n", queue.try_send(std::move(third)));
        print("still {}\n", third.value());
        print("{}\n", queue.receive().value());
        auto receiver = ThreadBuilder{}.priority(above).spawn([&queue] {
            print("{}\n", queue.receive().value());
            print("{}\n", queue.receive().value());
        });
        queue.send(std::move(third));
        receiver->join();
        queue.send(Tracked{4});
    }
    print("all destroyed {}\n", Tracked::constructed == Tracked::destroyed);
}

void mailbox()
{
    print("== mailbox\n");
    Mailbox<int> mailbox;
    print("{}\n", mailbox.try_send(1));
    print("{}\n", mailbox.try_receive().has_value());
    print("{}\n", mailbox.send_for(1, 1ms));
    auto sender = ThreadBuilder{}.priority(above).spawn([&mailbox] {
        mailbox.send(5);
        print("sent\n");
    });
    print("main\n");
    print("{}\n", mailbox.receive());
    auto receiver = ThreadBuilder{}.priority(above).spawn([&mailbox] { print("received {}\n", mailbox.receive()); });
    mailbox.send(6);
    sender->join();
    receiver->join();
    print("size {}\n", mailbox.size());
}

void bytes()
{
    print("== bytes\n");
    RawMessageQueue<5, 2> queue;
    const auto text = [](const char* characters) { return std::as_bytes(std::span<const char, 5>{characters, 5}); };
    queue.send(text("hello"));
    print("{}\n", queue.try_send_front(text("first")));
    print("{}\n", queue.try_send(text("third")));
    std::array<char, 6> buffer{};
    const auto out = std::as_writable_bytes(std::span<char, 5>{buffer.data(), 5});
    print("{}\n", queue.peek(out));
    print("{}\n", std::string_view{buffer.data()});
    queue.receive(out);
    print("{}\n", std::string_view{buffer.data()});
    print("{}\n", queue.try_receive(out));
    print("{}\n", std::string_view{buffer.data()});
    print("{}\n", queue.receive_for(out, 1ms));
    print("{}\n", queue.peek(out));
}

void any_of_several()
{
    print("== one of several\n");
    MessageQueue<int, 1> inbox;
    MessageQueue<int, 1> outbox;
    BinarySemaphore stop;
    auto worker = ThreadBuilder{}.priority(above).spawn([&] {
        int next = 100;
        for (;;) {
            int message = 0;
            switch (wait_any(when::acquired(stop), when::received(inbox, message), when::sent(outbox, next))) {
            case 0: print("stopped\n"); return;
            case 1: print("received {}\n", message); break;
            case 2: print("sent {}\n", next++); break;
            }
        }
    });
    inbox.send(1);
    print("main gets {}\n", outbox.receive());
    inbox.send(2);
    print("main gets {}\n", outbox.receive());
    stop.release();
    worker->join();
}

/// Producers and consumers that are preempted everywhere: nothing is lost or doubled, and each producer's order is kept.
void stress()
{
    print("== stress\n");
    struct Item {
        int producer;
        int number;
    };
    constexpr int turns = 400;
    MessageQueue<Item, 3> queue;
    std::array<JoinHandle<void>, 3> producers;
    std::array<JoinHandle<bool>, 2> consumers;
    int received = 0;
    for (std::size_t index = 0; index < producers.size(); ++index) {
        producers[index] = std::move(*ThreadBuilder{}.time_slice(100us).spawn([index, &queue] {
            for (int number = 0; number < turns; ++number) {
                queue.send({static_cast<int>(index), number});
            }
        }));
    }
    for (auto& consumer : consumers) {
        consumer = std::move(*ThreadBuilder{}.time_slice(130us).spawn([&queue, &received] {
            std::array<int, 3> last{-1, -1, -1};
            bool in_order = true;
            while (const auto item = queue.receive_for(50ms)) {
                int& previous = last[static_cast<std::size_t>(item->producer)];
                in_order = in_order && item->number > previous;
                previous = item->number;
                ++received;
            }
            return in_order;
        }));
    }
    for (auto& producer : producers) {
        producer.join();
    }
    bool in_order = true;
    for (auto& consumer : consumers) {
        in_order = *consumer.join() && in_order;
    }
    print("received {}, in order {}\n", received, in_order);
}

}  // namespace

int main()
{
    without_waiting();
    receivers_wait();
    senders_wait();
    objects();
    mailbox();
    bytes();
    any_of_several();
    stress();
    return 0;
}
