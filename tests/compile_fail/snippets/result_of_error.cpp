// expect: static assertion failed
#include <pegplan/result.hpp>

pegplan::Result<pegplan::Error> snippet();

void use()
{
    auto result = snippet();
}
