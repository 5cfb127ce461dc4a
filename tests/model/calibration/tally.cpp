// How much each test case of the calibration explored.
#include "litmus_check.hpp"

#include <cstdio>
#include <map>

namespace pegplan::model {

namespace {

class Tally {
public:
    ~Tally()
    {
        for (const auto& [name, count] : counts_) {
            std::printf("explored | %s (%llu programs) | %llu | %llu | %d\n", name.c_str(), count.programs,
                        count.executions, count.blocked, count.longest);
        }
    }

    void add(const std::string& name, const Result& result)
    {
        Count& count = counts_[name];
        ++count.programs;
        count.executions += result.executions;
        count.blocked += result.blocked;
        count.longest = std::max(count.longest, result.longest);
    }

private:
    struct Count {
        unsigned long long programs = 0;
        unsigned long long executions = 0;
        unsigned long long blocked = 0;
        int longest = 0;
    };

    std::map<std::string, Count> counts_;
};

Tally tally;

}  // namespace

void count_program(const Result& result)
{
    tally.add(doctest::getContextOptions()->currentTest->m_name, result);
}

}  // namespace pegplan::model
