// An object that is left as it is at the end of an execution: where one ends early, what is shared may be in use, and a
// destructor that checks for that would fail.
#pragma once

#include <cstddef>
#include <new>
#include <utility>

namespace pegplan::model {

template <class T>
class Left {
public:
    template <class... Arguments>
    explicit Left(Arguments&&... arguments)
    {
        new (storage_) T(std::forward<Arguments>(arguments)...);
    }
    Left(const Left&) = delete;
    Left& operator=(const Left&) = delete;

    T* operator->() { return std::launder(reinterpret_cast<T*>(storage_)); }
    T& operator*() { return *operator->(); }

private:
    alignas(T) std::byte storage_[sizeof(T)];
};

}  // namespace pegplan::model
