// expect: no return statement in function returning non-void|control reaches end
#include <pegplan/print.hpp>

int main()
{
    pegplan::print("a freestanding main has no implicit return\n");
}
