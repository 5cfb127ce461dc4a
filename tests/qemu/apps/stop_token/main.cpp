// Requests to stop: looked for, waited for, called back.
#include <pegplan/pegplan.hpp>

#include <optional>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr Priority above{20};

void looked_for()
{
    print("== looked for\n");
    auto worker = spawn([](StopToken stop) {
        int turns = 0;
        while (!stop.stop_requested()) {
            ++turns;
            this_thread::sleep_for(1ms);
        }
        return turns > 0;
    });
    this_thread::sleep_for(3ms);
    print("{}\n", worker->request_stop());
    print("{}\n", worker->request_stop());
    print("{}\n", worker->join().value());
    print("{}\n", worker->request_stop());
    auto plain = spawn([] {});
    print("{} {}\n", plain->request_stop(), plain->stop_token().stop_possible());
    plain->join();
    print("{}\n", StopToken{}.stop_requested());
}

void waited_for()
{
    print("== waited for\n");
    auto sleeper = ThreadBuilder{}.priority(above).spawn([](StopToken stop) {
        print("short {}\n", this_thread::sleep_for(stop, 1ms));
        print("until {}\n", this_thread::sleep_until(stop, Clock::now() + 1ms));
        print("long {}\n", this_thread::sleep_for(stop, 24h));
        print("again {}\n", this_thread::sleep_for(stop, 24h));
    });
    this_thread::sleep_for(5ms);
    print("request\n");
    sleeper->request_stop();
    sleeper->join();

    MessageQueue<int, 2> inbox;
    auto worker = ThreadBuilder{}.priority(above).spawn([&inbox](StopToken stop) {
        for (int message = 0; wait_any(when::stop_requested(stop), when::received(inbox, message)) == 1;) {
            print("message {}\n", message);
        }
        print("stopped\n");
    });
    inbox.send(1);
    inbox.send(2);
    worker->request_stop();
    worker->join();
}

void called_back()
{
    print("== called back\n");
    StopSource source;
    {
        StopCallback never{source.token(), [] { print("never\n"); }};
    }
    StopCallback first{source.token(), [] { print("first\n"); }};
    StopCallback second{source.token(), [&] { print("second, requested {}\n", source.stop_requested()); }};
    print("{}\n", source.request_stop());
    print("{}\n", source.request_stop());
    StopCallback late{source.token(), [] { print("late\n"); }};
    StopCallback nobody{StopToken{}, [] { print("nobody\n"); }};

    // To destroy a callback that is being called waits for its end.
    StopSource other;
    std::optional<StopCallback<void (*)()>> slow;
    slow.emplace(other.token(), +[] {
        print("slow begins\n");
        this_thread::sleep_for(2ms);
        print("slow ends\n");
    });
    auto requester = ThreadBuilder{}.priority(above).spawn([&] { other.request_stop(); });
    print("destroy\n");
    slow.reset();
    print("destroyed\n");
    requester->join();
}

void from_an_interrupt()
{
    print("== from a timer\n");
    auto sleeper = ThreadBuilder{}.priority(above).spawn([](StopToken stop) { return this_thread::sleep_for(stop, 24h); });
    Timer timer{[&] { sleeper->request_stop(); }};
    timer.start_once(1ms);
    print("{}\n", sleeper->join().value());
}

}  // namespace

int main()
{
    looked_for();
    waited_for();
    called_back();
    from_an_interrupt();
    return 0;
}
