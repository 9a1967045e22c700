#include "tests/model/allocation_failures.h"

namespace pith::kernel {

AllocationFailures& AllocationFailures::get() {
    static AllocationFailures failures;
    return failures;
}

bool AllocationFailures::next_fails(void* site) {
    u64& failed = sites_[site];
    if (++count_ != failing_) return false;
    ++failed;
    return true;
}

namespace {
bool fails(void* site) { return AllocationFailures::get().next_fails(site); }
} // namespace

} // namespace pith::kernel

// Named as the linker wants them: __wrap_ or __real_ before the function's own name in the object files. A
// member function takes `this` as its first argument.
#pragma clang diagnostic ignored "-Wreturn-type-c-linkage"
using namespace pith;
using namespace pith::kernel;

extern "C" {
Result<PhysAddr> __real__ZN4pith6kernel7Account10take_frameEv(Account*);
Result<PhysAddr> __real__ZN4pith6kernel7Account17take_zeroed_frameEv(Account*);
Result<> __real__ZN4pith6kernel7Account7reserveENS_9PageCountE(Account*, PageCount);
// A page of slots; what the pointer points to is nobody else's business.
Result<void*> __real__ZN4pith6kernel9SlotPages8add_pageEv(SlotPages*);

Result<PhysAddr> __wrap__ZN4pith6kernel7Account10take_frameEv(Account* account) {
    if (fails(__builtin_return_address(0))) return fail(Error::no_memory);
    return __real__ZN4pith6kernel7Account10take_frameEv(account);
}
Result<PhysAddr> __wrap__ZN4pith6kernel7Account17take_zeroed_frameEv(Account* account) {
    if (fails(__builtin_return_address(0))) return fail(Error::no_memory);
    return __real__ZN4pith6kernel7Account17take_zeroed_frameEv(account);
}
Result<> __wrap__ZN4pith6kernel7Account7reserveENS_9PageCountE(Account* account, PageCount count) {
    if (fails(__builtin_return_address(0))) return fail(Error::no_memory);
    return __real__ZN4pith6kernel7Account7reserveENS_9PageCountE(account, count);
}
Result<void*> __wrap__ZN4pith6kernel9SlotPages8add_pageEv(SlotPages* pages) {
    if (fails(__builtin_return_address(0))) return fail(Error::no_memory);
    return __real__ZN4pith6kernel9SlotPages8add_pageEv(pages);
}
}
