// A call that is known later: for objects whose functions call the objects.
#pragma once

/// Calls `function(object)` as soon as both have been set.
class Later {
public:
    /// Of a captureless `function(T&)`.
    template <class T, class F>
    void set(T& object, F)
    {
        object_ = &object;
        call_ = [](void* object_of) { F{}(*static_cast<T*>(object_of)); };
    }

    void operator()() const { call_(object_); }

private:
    void* object_ = nullptr;
    void (*call_)(void*) = nullptr;
};
