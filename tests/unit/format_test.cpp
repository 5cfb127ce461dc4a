// Formatting.
#include <pegplan/format.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

template <class... Arguments>
std::string text(FormatString<Arguments...> format, const Arguments&... arguments)
{
    char buffer[200];
    return std::string{format_into(buffer, format, arguments...)};
}

struct Point {
    int x;
    int y;
};

}  // namespace

template <>
struct pegplan::Formatter<Point> {
    static void format(FormatSink& sink, const Point& point, const FormatSpec&)
    {
        format_to(sink, "({}, {})", point.x, point.y);
    }
};

TEST_CASE("integers")
{
    CHECK(text("{}", 0) == "0");
    CHECK(text("{} {}", -42, 42u) == "-42 42");
    CHECK(text("{}", std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    CHECK(text("{}", std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    CHECK(text("{:x} {:X} {:#x} {:#b} {:#o} {:b}", 255, 255, 255, 5, 8, 5) == "ff FF 0xff 0b101 010 101");
    CHECK(text("[{:5}] [{:<5}] [{:^5}] [{:>5}] [{:*^7}]", 42, 42, 42, 42, 42) == "[   42] [42   ] [ 42  ] [   42] [**42***]");
    CHECK(text("{:05} {:+} {:+} {:#06x} {:05}", 42, 42, -42, 255, -42) == "00042 +42 -42 0x00ff -0042");
    CHECK(text("{:<05}|", 42) == "42   |");
    CHECK(text("{}", static_cast<unsigned char>(200)) == "200");
    CHECK(text("{:c}", 65) == "A");
}

TEST_CASE("text, characters, truth, pointers")
{
    const char* const nothing = nullptr;
    CHECK(text("{} {} {}", "literal", std::string_view{"view"}, nothing) == "literal view (null)");
    CHECK(text("[{:8}] [{:>8}] [{:^8}] [{:.2}]", "text", "text", "text", "text") == "[text    ] [    text] [  text  ] [te]");
    CHECK(text("{} {:d} {}", 'x', 'x', true) == "x 120 true");
    CHECK(text("{:>6} {:d}", false, true) == " false 1");
    CHECK(text("{}", reinterpret_cast<void*>(0x1234)) == "0x1234");
    CHECK(text("{}", nullptr) == "0x0");
    CHECK(text("{{}} {{{}}}", 1) == "{} {1}");
}

TEST_CASE("durations, errors, strong types, types of one's own")
{
    CHECK(text("{} {} {} {} {} {}", 5ns, 6us, -7ms, 8s, 9min, 10h) == "5ns 6us -7ms 8s 9min 10h");
    CHECK(text("{} {} {}", Error::timed_out, Priority{7}, CpuId{3}) == "timed_out 7 3");
    CHECK(text("{:>12}", Error::no_thread) == "   no_thread");
    CHECK(text("{} {:4}", Point{1, -2}, 5) == "(1, -2)    5");
}

TEST_CASE("floating point")
{
    CHECK(text("{} {:.0f} {:.2f}", 1.5, 2.5, 3.14159) == "1.500000 3 3.14");
    CHECK(text("{:.3f} {:8.2f} {:08.2f} {:+.1f}", -0.9996, 2.5, -2.5, 1.0) == "-1.000     2.50 -0002.50 +1.0");
    CHECK(text("{:.1f}", 0.25f) == "0.3");
    CHECK(text("{} {}", std::numeric_limits<double>::quiet_NaN(), -1e300) == "nan -huge");
}

TEST_CASE("what does not fit is cut")
{
    char buffer[5];
    CHECK(format_into(buffer, "{}{}", "abc", 123456) == "abc12");
    CHECK(vformat_into({}, "x", {}).empty());
}

TEST_CASE("a sink hands on its buffer whenever it is full")
{
    static std::string received;
    static int flushes;
    received.clear();
    flushes = 0;
    char buffer[3];
    FormatSink sink{buffer, [](FormatSink&, std::span<const char> piece) {
                        received.append(piece.data(), piece.size());
                        ++flushes;
                    }};
    format_to(sink, "{} {}", "abcdef", 7);
    sink.flush();
    CHECK(received == "abcdef 7");
    CHECK(flushes == 3);
    sink.flush();
    CHECK(flushes == 3);
}
