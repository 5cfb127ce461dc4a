// The memory functions that compilers call on their own. Compiled without the optimisation that would turn their
// loops into calls of themselves.
#include <cstddef>
#include <cstdint>

extern "C" {
void* memcpy(void* __restrict target, const void* __restrict source, std::size_t count) noexcept;
void* memmove(void* target, const void* source, std::size_t count) noexcept;
void* memset(void* target, int value, std::size_t count) noexcept;
int memcmp(const void* left, const void* right, std::size_t count) noexcept;
void* memchr(const void* place, int value, std::size_t count) noexcept;
std::size_t strlen(const char* text) noexcept;
}

namespace {

// May stand for objects of any type.
using Word [[gnu::may_alias]] = std::uint64_t;

template <class Unit>
void copy_up(void*& target, const void*& source, std::size_t count) noexcept
{
    auto* to = static_cast<Unit*>(target);
    const auto* from = static_cast<const Unit*>(source);
    for (const Unit* const end = from + count; from != end;) {
        *to++ = *from++;
    }
    target = to;
    source = from;
}

bool both_aligned(const void* a, const void* b) noexcept
{
    return ((reinterpret_cast<std::uintptr_t>(a) | reinterpret_cast<std::uintptr_t>(b)) % sizeof(Word)) == 0;
}

}  // namespace

void* memcpy(void* __restrict target, const void* __restrict source, std::size_t count) noexcept
{
    void* to = target;
    const void* from = source;
    if (both_aligned(to, from)) {
        copy_up<Word>(to, from, count / sizeof(Word));
        count %= sizeof(Word);
    }
    copy_up<unsigned char>(to, from, count);
    return target;
}

void* memmove(void* target, const void* source, std::size_t count) noexcept
{
    auto* const to = static_cast<unsigned char*>(target);
    const auto* const from = static_cast<const unsigned char*>(source);
    if (reinterpret_cast<std::uintptr_t>(to) - reinterpret_cast<std::uintptr_t>(from) >= count) {
        return memcpy(target, source, count);  // forwards, nothing is overwritten before it is read
    }
    for (std::size_t index = count; index-- > 0;) {
        to[index] = from[index];
    }
    return target;
}

void* memset(void* target, int value, std::size_t count) noexcept
{
    auto* to = static_cast<unsigned char*>(target);
    const auto byte = static_cast<unsigned char>(value);
    for (; count > 0 && reinterpret_cast<std::uintptr_t>(to) % sizeof(Word) != 0; --count) {
        *to++ = byte;
    }
    constexpr Word ones = 0x0101'0101'0101'0101;
    for (; count >= sizeof(Word); count -= sizeof(Word), to += sizeof(Word)) {
        *reinterpret_cast<Word*>(to) = ones * byte;
    }
    for (; count > 0; --count) {
        *to++ = byte;
    }
    return target;
}

int memcmp(const void* left, const void* right, std::size_t count) noexcept
{
    const auto* a = static_cast<const unsigned char*>(left);
    const auto* b = static_cast<const unsigned char*>(right);
    for (; count > 0; --count, ++a, ++b) {
        if (*a != *b) {
            return *a - *b;
        }
    }
    return 0;
}

void* memchr(const void* place, int value, std::size_t count) noexcept
{
    const auto* at = static_cast<const unsigned char*>(place);
    for (; count > 0; --count, ++at) {
        if (*at == static_cast<unsigned char>(value)) {
            return const_cast<unsigned char*>(at);
        }
    }
    return nullptr;
}

std::size_t strlen(const char* text) noexcept
{
    const char* end = text;
    while (*end != '\0') {
        ++end;
    }
    return static_cast<std::size_t>(end - text);
}
