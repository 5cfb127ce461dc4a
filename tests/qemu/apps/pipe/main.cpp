// Pipes: bytes in order, waiting on either side, time limits, writers that do not mix.
#include <pegplan/pegplan.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr Priority above{20};

std::span<const std::byte> bytes_of(std::string_view text)
{
    return std::as_bytes(std::span{text.data(), text.size()});
}

/// What a pipe gives back, as text.
struct Text {
    std::array<char, 64> characters{};
    [[nodiscard]] std::span<std::byte> space(std::size_t size) { return std::as_writable_bytes(std::span{characters}).first(size); }
    [[nodiscard]] std::string_view first(std::size_t size) const { return {characters.data(), size}; }
};

void without_waiting()
{
    print("== without waiting\n");
    Pipe<8> pipe;
    Text text;
    print("{}\n", pipe.try_read(text.space(4)));
    print("{}\n", pipe.try_write(bytes_of("abcdef")));
    print("{}\n", pipe.try_write(bytes_of("ghijkl")));
    print("size {}, capacity {}\n", pipe.size(), pipe.capacity());
    print("{}\n", text.first(pipe.try_read(text.space(5))));
    print("{}\n", pipe.try_write(bytes_of("mno")));
    print("{}\n", text.first(pipe.read(text.space(64))));
    print("{}\n", pipe.write_for(bytes_of("0123456789"), 1ms));
    print("{}\n", text.first(pipe.read_for(text.space(3), 1ms)));
    print("{}\n", text.first(pipe.read_for(text.space(20), 1ms, 20)));
    print("{}\n", pipe.read_until(text.space(20), Clock::now()));
    pipe.write(bytes_of("xyz"));
    pipe.clear();
    print("empty {}\n", pipe.empty());
    print("{}\n", pipe.read(text.space(0)));
    pipe.write({});
}

void readers_wait()
{
    print("== readers wait\n");
    Pipe<8> pipe;
    auto any = ThreadBuilder{}.priority(above).spawn([&] {
        Text text;
        print("any: {}\n", text.first(pipe.read(text.space(10))));
    });
    auto ten = ThreadBuilder{}.priority(above).spawn([&] {
        Text text;
        print("ten: {}\n", text.first(pipe.read(text.space(12), 10)));
    });
    pipe.write(bytes_of("abc"));
    pipe.write(bytes_of("0123"));
    print("main\n");
    pipe.write(bytes_of("456789ABCDEFG"));
    print("left {}\n", pipe.size());
    any->join();
    ten->join();
}

void writers_wait()
{
    print("== writers wait\n");
    Pipe<4> pipe;
    auto first = ThreadBuilder{}.priority(above).spawn([&] {
        pipe.write(bytes_of("aaaaaaaaaa"));
        print("first has written\n");
    });
    auto second = ThreadBuilder{}.priority(above).spawn([&] {
        pipe.write(bytes_of("bbbbb"));
        print("second has written\n");
    });
    print("{}\n", pipe.try_write(bytes_of("ccc")));
    Text text;
    print("{}\n", text.first(pipe.read(text.space(6))));
    print("{}\n", text.first(pipe.read(text.space(6))));
    print("{}\n", text.first(pipe.read(text.space(3), 3)));
    first->join();
    second->join();
    print("empty {}\n", pipe.empty());

    auto dropped = ThreadBuilder{}.priority(above).spawn([&] {
        pipe.write(bytes_of("dddddd"));
        print("dropped\n");
    });
    pipe.clear();
    print("size {}\n", pipe.size());
    dropped->join();
}

/// A stream through a small pipe, by threads that are preempted everywhere.
void stream()
{
    print("== stream\n");
    constexpr int length = 20'000;
    Pipe<37> pipe;
    auto writer = ThreadBuilder{}.time_slice(100us).spawn([&] {
        std::array<std::byte, 50> piece{};
        int next = 0;
        for (std::size_t size = 1; next < length; size = size % piece.size() + 1) {
            for (std::size_t index = 0; index < size; ++index) {
                piece[index] = static_cast<std::byte>(next++ * 7);
            }
            pipe.write(std::span{piece}.first(size));
        }
        return next;
    });
    auto reader = ThreadBuilder{}.time_slice(130us).spawn([&] {
        std::array<std::byte, 41> piece{};
        int next = 0;
        bool right = true;
        for (std::size_t size = 1;; size = size % piece.size() + 1) {
            const std::size_t count = pipe.read_for(std::span{piece}.first(size), 20ms, size / 2 + 1);
            for (std::size_t index = 0; index < count; ++index) {
                right = right && piece[index] == static_cast<std::byte>(next++ * 7);
            }
            if (count == 0) {
                return right ? next : -1;
            }
        }
    });
    print("the same {}\n", writer->join().value() == reader->join().value());
}

}  // namespace

int main()
{
    without_waiting();
    readers_wait();
    writers_wait();
    stream();
    return 0;
}
