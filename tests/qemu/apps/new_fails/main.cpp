// A plain new that finds no memory.
#include <pegplan/pegplan.hpp>

#include <new>

int main()
{
    pegplan::print("begin\n");
    volatile std::size_t bytes = 100'000;
    char* volatile block = new char[bytes];
    delete[] block;
    return 0;
}
