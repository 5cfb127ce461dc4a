// Calls operator new, for which there is no memory without HEAP_OPERATOR_NEW: does not link.
int main()
{
    int* volatile number = new int{1};
    return *number;
}
