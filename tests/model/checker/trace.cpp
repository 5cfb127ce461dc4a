// Prints an execution step by step.
#include "run.hpp"
#include "source_text.hpp"

#include <iomanip>
#include <sstream>

namespace pegplan::model {

std::string_view name_of(Operation operation) noexcept
{
    switch (operation) {
    case Operation::load: return "load";
    case Operation::wait_until: return "wait_until";
    case Operation::store: return "store";
    case Operation::exchange: return "exchange";
    case Operation::fetch_add: return "fetch_add";
    case Operation::fetch_sub: return "fetch_sub";
    case Operation::fetch_and: return "fetch_and";
    case Operation::fetch_or: return "fetch_or";
    case Operation::fetch_xor: return "fetch_xor";
    case Operation::compare_exchange_strong: return "compare_exchange_strong";
    case Operation::compare_exchange_weak: return "compare_exchange_weak";
    case Operation::fence: return "fence";
    }
    return "?";
}

std::string_view name_of(std::memory_order order) noexcept
{
    switch (order) {
    case std::memory_order_relaxed: return "relaxed";
    case std::memory_order_consume: return "consume";
    case std::memory_order_acquire: return "acquire";
    case std::memory_order_release: return "release";
    case std::memory_order_acq_rel: return "acq_rel";
    case std::memory_order_seq_cst: return "seq_cst";
    }
    return "?";
}

namespace {

std::string member_of(const std::source_location& where, std::string_view method)
{
    return object_in_source(where.file_name(), where.line(), where.column(), method);
}

}  // namespace

std::string TracePrinter::name_of_address(std::uintptr_t address, std::string_view member) const
{
    for (const Scenario::Region& region : run_.scenario_.regions_) {
        if (address >= region.begin && address - region.begin < region.size) {
            if (!member.empty() && member != region.name) {
                return region.name + "." + std::string{member};
            }
            return address == region.begin || !member.empty()
                       ? region.name
                       : region.name + "+" + std::to_string(address - region.begin);
        }
    }
    std::ostringstream text;
    text << (member.empty() ? "" : std::string{member} + "@") << "0x" << std::hex << address;
    return text.str();
}

std::string TracePrinter::value_text(Format format, const Value& value) const
{
    std::ostringstream text;
    switch (format) {
    case Format::unsigned_number: text << value.words[0]; break;
    case Format::signed_number: {
        // Small types were copied without their sign.
        const std::uint64_t word = value.words[0];
        const bool is_int = word >> 32 == 0;
        text << (is_int ? static_cast<std::int64_t>(static_cast<std::int32_t>(word)) : static_cast<std::int64_t>(word));
        break;
    }
    case Format::boolean: text << (value.words[0] != 0 ? "true" : "false"); break;
    case Format::pointer:
        if (value.words[0] == 0) {
            text << "null";
        } else {
            text << "&" << name_of_address(value.words[0], {});
        }
        break;
    case Format::bytes:
        text << "0x" << std::hex << value.words[0];
        if (value.words[1] != 0) {
            text << ":0x" << value.words[1];
        }
        break;
    }
    return text.str();
}

std::string TracePrinter::print() const
{
    std::map<std::pair<int, int>, int> steps;
    int count = 0;
    for (const LogEntry& entry : run_.log_) {
        ++count;
        if (entry.kind == LogEntry::Kind::event) {
            steps[{entry.event.thread, entry.event.index}] = count;
            if (run_.graph_->event(entry.event).kind == EventKind::rmw_load) {
                steps[{entry.event.thread, entry.event.index + 1}] = count;
            }
        }
    }
    std::ostringstream text;
    int step = 0;
    for (const LogEntry& entry : run_.log_) {
        text << row(++step, entry, steps) << '\n';
    }
    text << modification_orders(steps);
    return text.str();
}

std::string TracePrinter::row(int step, const LogEntry& entry, const std::map<std::pair<int, int>, int>& steps) const
{
    constexpr int operation_width = 42;
    constexpr int value_width = 26;
    std::ostringstream operation;
    std::ostringstream value;
    switch (entry.kind) {
    case LogEntry::Kind::pause: operation << "pause"; break;
    case LogEntry::Kind::construction:
        operation << "construct " << name_of_address(reinterpret_cast<std::uintptr_t>(entry.object), {});
        break;
    case LogEntry::Kind::plain_read:
    case LogEntry::Kind::plain_write: {
        const bool reads = entry.kind == LogEntry::Kind::plain_read;
        const auto address = reinterpret_cast<std::uintptr_t>(entry.object);
        operation << name_of_address(address, member_of(entry.where, reads ? "read" : "write"))
                  << (reads ? ".read" : ".write");
        if (entry.value.is_known) {
            value << value_text(entry.value.format, entry.value.value);
        }
        break;
    }
    case LogEntry::Kind::event: {
        const Event& event = run_.graph_->event(entry.event);
        const Format format = event.request.format;
        if (event.is_access()) {
            const std::uintptr_t address = run_.location(event.location).address;
            operation << name_of_address(address, member_of(entry.where, name_of(event.request.operation))) << '.';
        }
        operation << name_of(event.request.operation) << ' ' << name_of(event.order);
        if (event.is_load()) {
            value << value_text(format, event.read);
            if (event.kind == EventKind::rmw_load) {
                const bool stored = entry.event.index + 1 < run_.graph_->size(entry.thread);
                value << " -> "
                      << (stored ? value_text(format, run_.graph_->event(entry.thread, entry.event.index + 1).written)
                                 : std::string{"?"});
            } else if (is_compare_exchange(event.request.operation)) {
                value << (event.spurious ? " fails spuriously"
                                         : " is not " + value_text(format, event.request.expected));
            }
            const auto source = steps.find({event.source.thread, event.source.index});
            value << (source == steps.end() ? ", from the start" : ", from step " + std::to_string(source->second));
            if (event.source != initial_write && source == steps.end()) {
                value << '?';
            }
        } else if (event.is_store()) {
            value << "= " << value_text(format, event.written);
        }
        break;
    }
    }
    std::ostringstream text;
    text << std::right << std::setw(5) << step << "  " << std::left << std::setw(10) << run_.thread_name(entry.thread)
         << ' ' << std::setw(operation_width) << operation.str() << ' ' << std::setw(value_width) << value.str() << ' '
         << place_of(entry.where);
    return text.str();
}

std::string TracePrinter::modification_orders(const std::map<std::pair<int, int>, int>& steps) const
{
    std::ostringstream text;
    for (LocationId id = 0; id < run_.graph_->locations(); ++id) {
        if (run_.graph_->writes(id) == 0) {
            continue;
        }
        std::string name = name_of_address(run_.location(id).address, {});
        for (const LogEntry& entry : run_.log_) {
            if (entry.kind == LogEntry::Kind::event && run_.graph_->event(entry.event).location == id) {
                const std::string_view method = name_of(run_.graph_->event(entry.event).request.operation);
                name = name_of_address(run_.location(id).address, member_of(entry.where, method));
                break;
            }
        }
        text << "  modification order of " << name << ":";
        for (int position = 1; position <= run_.graph_->writes(id); ++position) {
            const EventId write = run_.graph_->write_at(id, position);
            const auto step = steps.find({write.thread, write.index});
            text << (position > 1 ? "," : "") << " step " << (step == steps.end() ? 0 : step->second) << " ("
                 << value_text(run_.location(id).format, run_.graph_->event(write).written) << ")";
        }
        text << '\n';
    }
    return text.str();
}

}  // namespace pegplan::model
