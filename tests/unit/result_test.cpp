// Result<T>.
#include <pegplan/result.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace pegplan;

TEST_CASE("a value or an error")
{
    const Result<int> value = 7;
    CHECK(value);
    CHECK(value.has_value());
    CHECK(value.value() == 7);
    CHECK(*value == 7);
    CHECK(value.value_or(1) == 7);

    const Result<int> error = Error::timed_out;
    CHECK(!error);
    CHECK(error.error() == Error::timed_out);
    CHECK(error.value_or(1) == 1);

    Result<int> source = Error::timed_out;
    const Result<int> copy{source};
    CHECK(copy.error() == Error::timed_out);
}

TEST_CASE("values that can only be moved, and ones with destructors")
{
    Result<std::unique_ptr<int>> moved{std::make_unique<int>(3)};
    Result<std::unique_ptr<int>> target{std::move(moved)};
    CHECK(*target.value() == 3);
    const std::unique_ptr<int> taken = std::move(target).value();
    CHECK(*taken == 3);

    auto counted = std::make_shared<int>(1);
    {
        Result<std::shared_ptr<int>> first{counted};
        Result<std::shared_ptr<int>> second{first};
        CHECK(counted.use_count() == 3);
        second = Error::no_thread;
        CHECK(counted.use_count() == 2);
        second = first;
        CHECK(counted.use_count() == 3);
        CHECK(first->get() == counted.get());
    }
    CHECK(counted.use_count() == 1);
}

TEST_CASE("success without a value")
{
    const Result<void> success;
    CHECK(success);
    success.value();
    const Result<void> failure = Error::would_deadlock;
    CHECK(!failure);
    CHECK(failure.error() == Error::would_deadlock);
}

TEST_CASE("every error has a name of its own")
{
    for (int code = 0; code <= static_cast<int>(Error::cpu_does_not_start); ++code) {
        CHECK(name_of(static_cast<Error>(code)) != "unknown error");
    }
    CHECK(name_of(static_cast<Error>(static_cast<int>(Error::cpu_does_not_start) + 1)) == "unknown error");
}
