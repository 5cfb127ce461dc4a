// The C++20 memory model by the letter: every candidate execution of a straight-line program is held against the
// sentences of [intro.races] and [atomics.order]. Slow, and sharing nothing with the checker but the program.
#include "litmus.hpp"

#include <algorithm>
#include <numeric>

namespace pegplan::model {

namespace {

using Kind = Op::Kind;

constexpr int initial = -1;

bool is_acquire(std::memory_order order)
{
    return order == std::memory_order_acquire || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
}

bool is_release(std::memory_order order)
{
    return order == std::memory_order_release || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
}

/// A relation on operations, as a matrix.
class Relation {
public:
    explicit Relation(int size) : size_{size}, pairs_(static_cast<std::size_t>(size * size), 0) {}

    [[nodiscard]] bool operator()(int from, int to) const
    {
        return pairs_[static_cast<std::size_t>(from * size_ + to)] != 0;
    }
    void add(int from, int to) { pairs_[static_cast<std::size_t>(from * size_ + to)] = 1; }

    void close()
    {
        for (int middle = 0; middle < size_; ++middle) {
            for (int from = 0; from < size_; ++from) {
                for (int to = 0; (*this)(from, middle) && to < size_; ++to) {
                    if ((*this)(middle, to)) {
                        add(from, to);
                    }
                }
            }
        }
    }

    [[nodiscard]] bool is_irreflexive() const
    {
        for (int item = 0; item < size_; ++item) {
            if ((*this)(item, item)) {
                return false;
            }
        }
        return true;
    }

private:
    int size_;
    std::vector<char> pairs_;
};

class Candidates {
public:
    explicit Candidates(const Litmus& litmus)
    {
        for (std::size_t thread = 0; thread < litmus.threads.size(); ++thread) {
            for (std::size_t index = 0; index < litmus.threads[thread].size(); ++index) {
                ops_.push_back({litmus.threads[thread][index], static_cast<int>(thread), static_cast<int>(index)});
            }
        }
        count_ = static_cast<int>(ops_.size());
    }

    Executions enumerate()
    {
        source_.assign(ops_.size(), initial);
        choose_source(0);
        return std::move(allowed_);
    }

private:
    struct PlacedOp {
        Op op;
        int thread;
        int index;
        int read = 0;
        int written = 0;
        bool is_read = false;
        bool is_write = false;
        std::memory_order order{};
    };

    PlacedOp& at(int op) { return ops_[static_cast<std::size_t>(op)]; }
    [[nodiscard]] const PlacedOp& at(int op) const { return ops_[static_cast<std::size_t>(op)]; }
    [[nodiscard]] int source(int op) const { return source_[static_cast<std::size_t>(op)]; }
    [[nodiscard]] bool before(int a, int b) const { return at(a).thread == at(b).thread && at(a).index < at(b).index; }
    [[nodiscard]] bool is_seq_cst(int op) const { return at(op).order == std::memory_order_seq_cst; }

    void choose_source(int op)
    {
        if (op == count_) {
            if (compute_values()) {
                order_.assign(most_locations, {});
                choose_order(0);
            }
            return;
        }
        if (!reads(at(op).op.kind)) {
            choose_source(op + 1);
            return;
        }
        for (int write = initial; write < count_; ++write) {
            const bool fits = write == initial || (write != op && at(write).op.location == at(op).op.location &&
                                                   at(write).op.kind != Kind::load && at(write).op.kind != Kind::wait &&
                                                   at(write).op.kind != Kind::fence);
            if (fits) {
                source_[static_cast<std::size_t>(op)] = write;
                choose_source(op + 1);
            }
        }
    }

    /// Follows program order and reads-from; false if they have a cycle, or a read is from what is not a write or not
    /// what is waited for.
    bool compute_values()
    {
        std::vector<char> done(ops_.size(), 0);
        for (int left = count_; left > 0;) {
            const int left_before = left;
            for (int op = 0; op < count_; ++op) {
                const bool has_source = reads(at(op).op.kind) && source(op) != initial;
                const bool ready = (at(op).index == 0 || done[static_cast<std::size_t>(op - 1)] != 0) &&
                                   (!has_source || done[static_cast<std::size_t>(source(op))] != 0);
                if (done[static_cast<std::size_t>(op)] != 0 || !ready) {
                    continue;
                }
                if (!compute(at(op), has_source ? &at(source(op)) : nullptr)) {
                    return false;
                }
                done[static_cast<std::size_t>(op)] = 1;
                --left;
            }
            if (left == left_before) {
                return false;
            }
        }
        return true;
    }

    static bool compute(PlacedOp& placed, const PlacedOp* source)
    {
        const Op& op = placed.op;
        if (source != nullptr && !source->is_write) {
            return false;
        }
        placed.read = source != nullptr ? source->written : 0;
        placed.order = op.order;
        placed.is_read = reads(op.kind);
        placed.is_write = op.kind != Kind::load && op.kind != Kind::wait && op.kind != Kind::fence;
        placed.written = op.kind == Kind::add ? placed.read + op.value : op.value;
        if (op.kind == Kind::compare_exchange && placed.read != op.expected) {
            placed.is_write = false;
            placed.order = failure_order_of(op.order);
        }
        return op.kind != Kind::wait || placed.read == op.value;
    }

    void choose_order(int location)
    {
        if (location == most_locations) {
            if (is_allowed()) {
                allowed_.insert(describe());
            }
            return;
        }
        std::vector<int>& writes = order_[static_cast<std::size_t>(location)];
        for (int op = 0; op < count_; ++op) {
            if (at(op).is_write && at(op).op.location == location) {
                writes.push_back(op);
            }
        }
        std::sort(writes.begin(), writes.end());
        do {
            const std::vector<int> kept = writes;
            choose_order(location + 1);
            order_[static_cast<std::size_t>(location)] = kept;
        } while (std::next_permutation(writes.begin(), writes.end()));
        writes.clear();
    }

    /// Place in the modification order of its location; the initial value's is 0.
    [[nodiscard]] int place(int write) const
    {
        if (write == initial) {
            return 0;
        }
        const std::vector<int>& writes = order_[static_cast<std::size_t>(at(write).op.location)];
        return static_cast<int>(std::find(writes.begin(), writes.end(), write) - writes.begin()) + 1;
    }

    bool is_allowed()
    {
        for (int op = 0; op < count_; ++op) {
            // [atomics.order]/10: read-modify-writes read the last value before their own write.
            if (at(op).is_read && at(op).is_write && place(op) != place(source(op)) + 1) {
                return false;
            }
        }
        Relation synchronizes = synchronizes_with();
        Relation happens_before = synchronizes;
        for (int a = 0; a < count_; ++a) {
            for (int b = 0; b < count_; ++b) {
                if (before(a, b)) {
                    happens_before.add(a, b);
                }
            }
        }
        happens_before.close();
        return happens_before.is_irreflexive() && is_coherent(happens_before) &&
               has_order_s(synchronizes, happens_before);
    }

    /// Whether `write` is in the release sequence headed by `head`: [intro.races]/5.
    [[nodiscard]] bool in_release_sequence(int head, int write) const
    {
        if (write == initial) {
            return false;
        }
        if (head == write) {
            return true;
        }
        return at(write).is_read && at(write).is_write && in_release_sequence(head, source(write));
    }

    /// [atomics.order]/2 and [atomics.fences]/2 to 4.
    [[nodiscard]] Relation synchronizes_with() const
    {
        Relation result{count_};
        for (int write = 0; write < count_; ++write) {
            if (!at(write).is_write) {
                continue;
            }
            for (int read = 0; read < count_; ++read) {
                if (!at(read).is_read || at(read).op.location != at(write).op.location ||
                    !in_release_sequence(write, source(read))) {
                    continue;
                }
                for (int a = 0; a < count_; ++a) {
                    const bool releases =
                        is_release(at(a).order) && (a == write || (at(a).op.kind == Kind::fence && before(a, write)));
                    for (int b = 0; releases && b < count_; ++b) {
                        if (is_acquire(at(b).order) &&
                            (b == read || (at(b).op.kind == Kind::fence && before(read, b)))) {
                            result.add(a, b);
                        }
                    }
                }
            }
        }
        return result;
    }

    /// [intro.races]/14 to 17: the four coherence requirements, and that the initial value happens before everything.
    [[nodiscard]] bool is_coherent(const Relation& happens_before) const
    {
        for (int a = 0; a < count_; ++a) {
            for (int b = 0; b < count_; ++b) {
                if (!happens_before(a, b) || at(a).op.location != at(b).op.location) {
                    continue;
                }
                const bool fence = at(a).op.kind == Kind::fence || at(b).op.kind == Kind::fence;
                if (fence) {
                    continue;
                }
                if ((at(a).is_write && at(b).is_write && place(a) >= place(b)) ||
                    (at(a).is_read && at(b).is_read && place(source(a)) > place(source(b))) ||
                    (at(a).is_read && at(b).is_write && place(source(a)) >= place(b)) ||
                    (at(a).is_write && at(b).is_read && place(a) > place(source(b)))) {
                    return false;
                }
            }
        }
        return true;
    }

    /// [atomics.order]/3.
    [[nodiscard]] Relation coherence_ordered_before() const
    {
        Relation result{count_};
        for (int a = 0; a < count_; ++a) {
            for (int b = 0; b < count_; ++b) {
                if (a == b || at(a).op.kind == Kind::fence || at(b).op.kind == Kind::fence ||
                    at(a).op.location != at(b).op.location) {
                    continue;
                }
                if ((at(a).is_write && at(b).is_read && source(b) == a) ||
                    (at(a).is_write && at(b).is_write && place(a) < place(b)) ||
                    (at(a).is_read && at(b).is_write && place(source(a)) < place(b))) {
                    result.add(a, b);
                }
            }
        }
        result.close();
        return result;
    }

    /// [intro.races]/12 of the published standard, with simply-happens-before being happens-before (no consume).
    [[nodiscard]] Relation strongly_happens_before(const Relation& synchronizes, const Relation& happens_before) const
    {
        Relation result{count_};
        for (int a = 0; a < count_; ++a) {
            for (int d = 0; d < count_; ++d) {
                bool holds = before(a, d) || (synchronizes(a, d) && is_seq_cst(a) && is_seq_cst(d));
                for (int b = 0; b < count_ && !holds; ++b) {
                    for (int c = 0; before(a, b) && c < count_ && !holds; ++c) {
                        holds = happens_before(b, c) && before(c, d);
                    }
                }
                if (holds) {
                    result.add(a, d);
                }
            }
        }
        result.close();
        return result;
    }

    /// [atomics.order]/4, by trying every order.
    [[nodiscard]] bool has_order_s(const Relation& synchronizes, const Relation& happens_before) const
    {
        std::vector<int> ops;
        for (int op = 0; op < count_; ++op) {
            if (is_seq_cst(op)) {
                ops.push_back(op);
            }
        }
        const Relation strongly = strongly_happens_before(synchronizes, happens_before);
        const Relation coherence = coherence_ordered_before();
        Relation required{count_};
        for (const int a : ops) {
            for (const int b : ops) {
                if (strongly(a, b) || is_required(a, b, coherence, happens_before)) {
                    required.add(a, b);
                }
            }
        }
        do {
            bool holds = true;
            for (std::size_t later = 0; later < ops.size() && holds; ++later) {
                for (std::size_t earlier = 0; earlier <= later && holds; ++earlier) {
                    holds = !required(ops[later], ops[earlier]);
                }
            }
            if (holds) {
                return true;
            }
        } while (std::next_permutation(ops.begin(), ops.end()));
        return false;
    }

    /// The four conditions: x is a or a fence before it, y is b or a fence behind it, and a is coherence-ordered
    /// before b.
    [[nodiscard]] bool is_required(int x, int y, const Relation& coherence, const Relation& happens_before) const
    {
        for (int a = 0; a < count_; ++a) {
            const bool from = a == x || (at(x).op.kind == Kind::fence && happens_before(x, a));
            for (int b = 0; from && b < count_; ++b) {
                if (coherence(a, b) && (b == y || (at(y).op.kind == Kind::fence && happens_before(b, y)))) {
                    return true;
                }
            }
        }
        return false;
    }

    [[nodiscard]] std::string name(int op) const
    {
        return op == initial ? "-" : std::to_string(at(op).thread) + "." + std::to_string(at(op).index);
    }

    [[nodiscard]] std::string describe() const
    {
        std::string text;
        for (int op = 0; op < count_; ++op) {
            if (at(op).is_read) {
                text += name(op) + "<" + name(source(op)) + " ";
            }
        }
        for (const std::vector<int>& writes : order_) {
            text += "|";
            for (const int write : writes) {
                text += name(write) + " ";
            }
        }
        return text;
    }

    std::vector<PlacedOp> ops_;
    int count_ = 0;
    std::vector<int> source_;
    std::vector<std::vector<int>> order_;
    Executions allowed_;
};

}  // namespace

Executions allowed_executions(const Litmus& litmus)
{
    return Candidates{litmus}.enumerate();
}

}  // namespace pegplan::model
