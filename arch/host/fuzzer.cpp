// Between libFuzzer, which is a shared object, and the application. Compiled with HOST_FUZZER alone.
#include "arch/host/fuzzer.hpp"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <array>
#include <string_view>

extern "C" int LLVMFuzzerRunDriver(int* count, char*** arguments,
                                   int (*run)(const std::uint8_t* data, std::size_t size));

namespace pegplan::arch::host {
namespace {

constexpr int no_input_exit_code = 125;  // what scripts/pegplan returns when it does not come to a run
constexpr std::size_t largest_shown = 65536;

constinit int argument_count = 0;
constinit char** argument_words = nullptr;
constinit FuzzTarget fuzz_target{};

int run_one(const std::uint8_t* data, std::size_t size)
{
    fuzz_target.run({data, size});
    return 0;
}

int show_file(const char* name) noexcept
{
    static constinit std::array<std::uint8_t, largest_shown> bytes{};
    FILE* const file = fopen(name, "rb");
    const std::size_t size = file != nullptr ? fread(bytes.data(), 1, bytes.size(), file) : 0;
    if (file == nullptr || ferror(file) != 0) {
        dprintf(STDERR_FILENO, "pegplan: %s: %s\n", name, strerror(errno));
        return no_input_exit_code;
    }
    fclose(file);
    fuzz_target.show({bytes.data(), size});
    return 0;
}

}  // namespace

void keep_fuzzer_arguments(int count, char** arguments) noexcept
{
    argument_count = count;
    argument_words = arguments;
}

int run_fuzzer(const FuzzTarget& target) noexcept
{
    fuzz_target = target;
    if (argument_count == 3 && argument_words[1] == std::string_view{"show"}) {
        return show_file(argument_words[2]);
    }
    return LLVMFuzzerRunDriver(&argument_count, &argument_words, &run_one);
}

}  // namespace pegplan::arch::host
