// The board's devices, with the space of ports that some of them live in.
#pragma once

#include "arch/x86_64/io_port.hpp"

#include <pegplan/board/devices.hpp>
