// Work queues: order, from timers, delayed, cancelled, flushed, stopped.
#include <pegplan/pegplan.hpp>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr Priority below{10};

void order()
{
    print("== order\n");
    WorkQueue queue;
    Work a{[] { print("a in {}\n", this_thread::current().name()); }};
    Work b{[] { print("b\n"); }};
    Work c{[] { print("c\n"); }};
    print("{}\n", queue.submit(b));  // before it is started
    print("{}\n", queue.start({.name = "worker", .priority = below}).has_value());
    print("{}\n", queue.start().error());
    queue.submit(a);
    print("{} {}\n", queue.submit(a), queue.is_pending(a));
    queue.submit(c);
    print("cancel b {}\n", queue.cancel(b));
    print("cancel b {}\n", queue.cancel(b));
    print("flush\n");
    queue.flush(a);
    print("a is done, c is pending {}\n", queue.is_pending(c));
    queue.flush_all();
    print("all done\n");
    queue.submit(b);
    queue.stop();
    print("stopped\n");
    print("{}\n", queue.submit(c));
    print("{}\n", queue.start({.name = "again"}).has_value());
    queue.flush(c);
}

/// Work that submits itself while it is being done is done again.
void again()
{
    print("== again\n");
    WorkQueue queue;
    queue.start({.priority = Priority{20}});
    struct Function {
        WorkQueue* queue;
        kernel::WorkCore** self;
        int* left;
        void operator()() const
        {
            print("{}\n", *left);
            if (--*left > 0) {
                queue->submit(**self);
            }
        }
    };
    int left = 3;
    kernel::WorkCore* self = nullptr;
    Work work{Function{&queue, &self, &left}};
    self = &work;
    queue.submit(work);
    queue.flush(work);
    print("left {}\n", left);
}

void delayed()
{
    print("== delayed\n");
    WorkQueue queue;
    queue.start({.priority = Priority{20}});
    const auto begin = Clock::now();
    DelayedWork work{queue, [&] { print("done, after 2ms {}\n", Clock::now() - begin >= 2ms); }};
    work.submit_after(2ms);
    print("pending {}\n", work.is_pending());
    this_thread::sleep_for(3ms);
    print("pending {}\n", work.is_pending());
    work.submit_at(begin + 10ms);
    print("cancelled {}\n", work.cancel());
    print("cancelled {}\n", work.cancel());
    work.submit_after(1h);
    work.submit();
    print("pending {}\n", work.is_pending());
    work.submit_after(1h);
    work.flush();
    print("flushed, pending {}\n", work.is_pending());
    work.submit_after(1h);
    work.submit_after(1ms);  // the new time counts
    this_thread::sleep_for(2ms);
    work.submit_after(1h);
}

/// To flush what is being done waits for its end; to cancel it does not.
void being_done()
{
    print("== being done\n");
    WorkQueue queue;
    queue.start({.priority = Priority{20}});
    Work slow{[] {
        this_thread::sleep_for(2ms);
        print("slow is done\n");
    }};
    queue.submit(slow);
    print("pending {}, cancelled {}\n", queue.is_pending(slow), queue.cancel(slow));
    print("again {}\n", queue.submit(slow));
    print("flush\n");
    queue.flush(slow);
    print("flushed\n");
}

void from_a_timer()
{
    print("== from a timer\n");
    WorkQueue queue;
    queue.start({.priority = Priority{20}});
    int done = 0;
    Work work{[&] { ++done; }};
    Timer timer{[&] { queue.submit(work); }};
    timer.start_periodic(1ms);
    this_thread::sleep_for(5500us);
    timer.cancel_and_wait();
    queue.flush_all();
    print("{}\n", done);
}

}  // namespace

int main()
{
    order();
    again();
    delayed();
    being_done();
    from_a_timer();
    return 0;
}
