// An intrusive red-black tree, ordered by a key that stands in the node; equal keys keep their order of insertion.
// The smallest node is cached, so that looking at it is one load; insertion and removal are O(log n) in the worst
// case. After Guibas and Sedgewick 1978, in the form with parent pointers of Cormen et al., Introduction to Algorithms,
// chapter 13. Not synchronised: the owner's lock protects it.
#pragma once

#include "core/base/check.hpp"
#include "core/base/short_pointer.hpp"

#include <cstdint>
#include <utility>

namespace pegplan::kernel {

/// Base of what can stand in a tree, in one at a time. `linked` must be false at the start. `Link`: PlainPointer, or
/// ShortPointer for half the size where nodes are at low addresses.
template <class T, template <class> class Link = PlainPointer>
struct RbNode {
    Link<T> parent;
    Link<T> child[2];  // left (smaller), right
    bool red;
    bool linked;

    [[nodiscard]] bool is_linked() const noexcept { return linked; }
};

/// A tree of `T`, which derives from RbNode<T, Link>; `Less{}(a, b)` orders them.
template <class T, class Less, template <class> class Link = PlainPointer>
class RbTree {
public:
    [[nodiscard]] bool empty() const noexcept { return root_ == nullptr; }
    [[nodiscard]] T* smallest() const noexcept { return smallest_; }

    /// Returns whether the node is now the smallest.
    bool insert(T& node) noexcept
    {
        ensure(!node.linked, "tree: insertion of a node that is in a tree already");
        T* parent = nullptr;
        int side = left;
        bool is_smallest = true;
        for (T* at = root_; at != nullptr; at = at->child[side]) {
            parent = at;
            side = Less{}(node, *at) ? left : right;
            is_smallest = is_smallest && side == left;
        }
        node.parent = parent;
        node.child[left] = nullptr;
        node.child[right] = nullptr;
        node.red = true;
        node.linked = true;
        (parent == nullptr ? root_ : parent->child[side]) = &node;
        if (is_smallest) {
            smallest_ = &node;
        }
        mend_insertion(&node);
        return is_smallest;
    }

    void remove(T& node) noexcept
    {
        ensure(node.linked, "tree: removal of a node that is in no tree");
        if (smallest_ == &node) {
            smallest_ = successor(node);
        }
        T* child;   // takes the place of what is unlinked; may be null
        T* parent;  // its parent afterwards
        bool removed_red;
        if (node.child[left] == nullptr || node.child[right] == nullptr) {
            child = node.child[left] != nullptr ? node.child[left] : node.child[right];
            parent = node.parent;
            removed_red = node.red;
            replace(node, child);
        } else {
            // The next larger node, which has no left child, takes the place and the colour.
            T& next = *leftmost(node.child[right]);
            child = next.child[right];
            removed_red = next.red;
            if (next.parent == &node) {
                parent = &next;
            } else {
                parent = next.parent;
                replace(next, child);
                next.child[right] = node.child[right];
                next.child[right]->parent = &next;
            }
            replace(node, &next);
            next.child[left] = node.child[left];
            next.child[left]->parent = &next;
            next.red = node.red;
        }
        node.linked = false;
        if (!removed_red) {
            mend_removal(child, parent);
        }
    }

    /// The next larger node, or null.
    [[nodiscard]] static T* successor(const T& node) noexcept
    {
        if (node.child[right] != nullptr) {
            return leftmost(node.child[right]);
        }
        const T* at = &node;
        while (at->parent != nullptr && at == at->parent->child[right]) {
            at = at->parent;
        }
        return at->parent;
    }

    [[nodiscard]] const T* root() const noexcept { return root_; }

private:
    static constexpr int left = 0;
    static constexpr int right = 1;

    static T* leftmost(T* node) noexcept
    {
        while (node->child[left] != nullptr) {
            node = node->child[left];
        }
        return node;
    }

    static bool is_red(const T* node) noexcept { return node != nullptr && node->red; }
    static int side_of(const T* node) noexcept { return node == node->parent->child[right] ? right : left; }

    /// Puts `other` (or nothing) where `node` hangs.
    void replace(T& node, T* other) noexcept
    {
        (node.parent == nullptr ? root_ : node.parent->child[side_of(&node)]) = other;
        if (other != nullptr) {
            other->parent = node.parent;
        }
    }

    /// The child on the other side of `side` rises, `node` sinks to `side`.
    void rotate(T& node, int side) noexcept
    {
        T& rising = *node.child[1 - side];
        node.child[1 - side] = rising.child[side];
        if (rising.child[side] != nullptr) {
            rising.child[side]->parent = &node;
        }
        replace(node, &rising);
        rising.child[side] = &node;
        node.parent = &rising;
    }

    void mend_insertion(T* node) noexcept
    {
        while (is_red(node->parent)) {
            T* const parent = node->parent;
            T* const grandparent = parent->parent;
            const int side = side_of(parent);
            T* const uncle = grandparent->child[1 - side];
            if (is_red(uncle)) {
                parent->red = false;
                uncle->red = false;
                grandparent->red = true;
                node = grandparent;
                continue;
            }
            if (side_of(node) != side) {
                rotate(*parent, side);
                node = parent;
            }
            node->parent->red = false;
            grandparent->red = true;
            rotate(*grandparent, 1 - side);
        }
        root_->red = false;
    }

    /// `node` (maybe null) below `parent` lacks one black.
    void mend_removal(T* node, T* parent) noexcept
    {
        while (node != root_ && !is_red(node)) {
            const int side = node == parent->child[right] ? right : left;
            T* sibling = parent->child[1 - side];
            if (is_red(sibling)) {
                sibling->red = false;
                parent->red = true;
                rotate(*parent, side);
                sibling = parent->child[1 - side];
            }
            if (!is_red(sibling->child[left]) && !is_red(sibling->child[right])) {
                sibling->red = true;
                node = parent;
                parent = node->parent;
                continue;
            }
            if (!is_red(sibling->child[1 - side])) {
                sibling->child[side]->red = false;
                sibling->red = true;
                rotate(*sibling, 1 - side);
                sibling = parent->child[1 - side];
            }
            sibling->red = parent->red;
            parent->red = false;
            sibling->child[1 - side]->red = false;
            rotate(*parent, side);
            node = root_;
        }
        if (node != nullptr) {
            node->red = false;
        }
    }

    Link<T> root_ = nullptr;
    T* smallest_ = nullptr;
};

}  // namespace pegplan::kernel
