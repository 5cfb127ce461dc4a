// How consoles send text, whatever their registers are.
#pragma once

#include <span>

namespace pegplan::arch::devices {

/// Sends all of `text` by `send(character)`, each "\n" as "\r\n".
template <class Send>
[[gnu::always_inline]] inline void send_text(std::span<const char> text, Send send) noexcept
{
    for (const char c : text) {
        if (c == '\n') {
            send('\r');
        }
        send(c);
    }
}

}  // namespace pegplan::arch::devices
