// Every feature of print's format strings. Each line is compared with the expected text.
#include <pegplan/pegplan.hpp>

#include <array>
#include <cstdint>
#include <limits>

struct Colour {
    int red;
    int green;
};

template <>
struct pegplan::Formatter<Colour> {
    static void format(FormatSink& sink, const Colour& colour, const FormatSpec& spec)
    {
        sink.put('<');
        format_detail::format_integer(sink, static_cast<std::uint64_t>(colour.red), false, spec);
        sink.write(", ");
        format_to(sink, "{:#x}", colour.green);
        sink.put('>');
    }
};

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

void integers()
{
    print("{} {} {} {}\n", 0, 1, -1, 42);
    print("{} {}\n", std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
    print("{} {}\n", std::numeric_limits<std::uint64_t>::max(), std::numeric_limits<std::int8_t>::min());
    print("{} {} {} {}\n", std::uint8_t{200}, std::int16_t{-300}, 70'000U, 5'000'000'000LL);
    print("[{:5}] [{:<5}] [{:>5}] [{:^5}]\n", 42, 42, 42, 42);
    print("[{:*<5}] [{:*>5}] [{:*^6}] [{:}]\n", 42, 42, 42, 42);
    print("[{:+}] [{:+}] [{:+5}] [{:+05}]\n", 42, -42, 42, 42);
    print("[{:05}] [{:05}] [{:<05}] [{:01}]\n", 42, -42, 42, 42);
    print("{:x} {:X} {:b} {:o} {:d}\n", 48879, 48879, 10, 8, 8);
    print("{:#x} {:#X} {:#b} {:#o} {:#d}\n", 48879, 48879, 10, 8, 8);
    print("[{:#010x}] [{:#10x}] [{:<#10x}] [{:#06b}]\n", 255, 255, 255, 5);
    print("{:x} {:#x} {:b}\n", -255, -1, std::numeric_limits<std::uint64_t>::max());
    print("{:c}{:c}{:c}\n", 72, 105, 33);
}

void texts()
{
    const char* const pointer = "pointer";
    const char* const nothing = nullptr;
    char array[] = "array";
    print("{} {} {} {}\n", "literal", pointer, std::string_view{"view"}, array);
    print("{} [{}]\n", nothing, "");
    print("[{:8}] [{:<8}] [{:>8}] [{:^8}]\n", "text", "text", "text", "text");
    print("[{:-<8}] [{:->8}] [{:-^7}] [{:s}]\n", "text", "text", "text", "text");
    print("[{:.2}] [{:6.2}] [{:>6.2s}] [{:.0}] [{:.9}]\n", "text", "text", "text", "text", "text");
    print("[{:2}] [{:08}]\n", "longer", "zero");
    print("{}{}{}\n", 'a', 'b', 'c');
    print("[{:3}] [{:>3}] [{:d}] [{:x}] [{:c}]\n", 'a', 'a', 'a', 'a', 'a');
}

void braces()
{
    print("{{}} {{{}}} }}{{ {{{{\n", 1);
    print("no fields at all\n");
    print("100% \\ \"quoted\" \t.\n");
}

void booleans_and_pointers()
{
    print("{} {} [{:6}] [{:>6}] {:d} {:d} {:s}\n", true, false, true, false, true, false, true);
    const void* const address = reinterpret_cast<const void*>(std::uintptr_t{0xdead'beef});
    print("{} {:x} [{:12}] [{:<12}]\n", address, address, address, address);
    print("{} {}\n", nullptr, static_cast<int*>(nullptr));
}

void floating_point()
{
    print("{} {} {}\n", 0.0, 1.5, -2.25);
    print("{:.0} {:.1} {:.2} {:.3f} {:f}\n", 3.14159, 3.14159, 3.14159, 3.14159, 3.14159);
    print("{:.1} {:.1} {:.2} {:.0}\n", 0.25, -0.25, 9.999, 0.5);
    print("{:.2} {:.3} {:.6}\n", 1234567.891, 0.0004, 1e-7);
    print("[{:10.2}] [{:<10.2}] [{:>10.2}] [{:010.2}]\n", 3.14159, 3.14159, 3.14159, -3.14159);
    print("[{:*^10.1}] [{:*<8}] [{:4.0}] [{:+09.3}]\n", 3.14159, 0.5, 2.5, 0.5);
    print("{:.2} {} {}\n", 0.1F, 1e17, 1e30);
    print("[{:5}] [{:>5}]\n", std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN());
    print("{:+.1} {:+.1}\n", 2.5, -2.5);
}

void types_of_the_interface()
{
    print("{} {:>16} {}\n", Error::no_thread, Error::timed_out, Error::would_deadlock);
    print("{} {} {:03}\n", Priority{7}, Priority{-7}, Priority{7});
    print("{} {} {}\n", ThreadId{}, ThreadId{123}, CpuId{4});
    print("{} {} {} {} {} {}\n", 5ns, 6us, 7ms, 8s, 9min, 10h);
    print("{} {}\n", -5ms, std::chrono::days{2});
    print("{} [{:5}] {:x}\n", Colour{1, 255}, Colour{2, 16}, Colour{171, 1});
}

void long_output()
{
    // More than PRINT_BUFFER in one call.
    print("{:.<150}|{:x>150}|\n", "left", "right");
    print("{:0150}\n", 7);
}

void into_a_buffer()
{
    std::array<char, 8> buffer;
    print("[{}]\n", format_into(buffer, "{}", 1234567890));
    print("[{}]\n", format_into(buffer, "ab{}", 'c'));
    print("[{}]\n", format_into(std::span{buffer}.first(0), "{}", 1));
    char large[64];
    print("[{}]\n", format_into(large, "{}-{:>20}-{}", 1, "middle", true));
}

}  // namespace

int main()
{
    integers();
    texts();
    braces();
    booleans_and_pointers();
    floating_point();
    types_of_the_interface();
    long_output();
    into_a_buffer();
    return 0;
}
