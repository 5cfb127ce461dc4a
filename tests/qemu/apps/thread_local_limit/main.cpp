// One more thread_local variable with a destructor than THREAD_LOCAL_DESTRUCTORS allows in a thread.
#include <pegplan/pegplan.hpp>

#include <cstddef>
#include <utility>

using namespace pegplan;

namespace {

constexpr std::size_t limit = config::thread_local_destructors;

struct Object {
    ~Object() { ++destroyed; }
    static inline std::size_t destroyed = 0;
    std::size_t value = 1;
};

template <std::size_t>
std::size_t use()
{
    static thread_local Object object;
    return object.value;
}

template <std::size_t... numbers>
std::size_t use_all(std::index_sequence<numbers...>)
{
    return (use<numbers>() + ...);
}

}  // namespace

int main()
{
    auto within = ThreadBuilder{}.name("within").spawn([] { return use_all(std::make_index_sequence<limit>{}); });
    const std::size_t used = within->join().value();
    print("within the limit: {} used, {} destroyed\n", used == limit, Object::destroyed == limit);
    auto beyond = ThreadBuilder{}.name("beyond").spawn([] { return use_all(std::make_index_sequence<limit + 1>{}); });
    return static_cast<int>(beyond->join().value());
}
