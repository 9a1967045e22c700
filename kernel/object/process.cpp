#include "kernel/object/process.h"

#include "kernel/kernel.h"

namespace pith::kernel {

Result<Ref<Process>> Process::create(Budget& payer, u64 id, std::array<char, 16> name) {
    PageTable table = TRY(PageTable::create(payer.account()));
    payer.owner().machine().share_kernel_half(table.root());
    Ref<Process> process = TRY(payer.make<Process>(id, name, std::move(table)));
    TRY(process->handles().prepare());
    return process;
}

Process::Process(Budget& payer, u64 id, std::array<char, 16> name, PageTable table)
    : Object{object_kind, payer},
      id_{id},
      name_{name},
      space_{payer, std::move(table)},
      handles_{payer.account()} {
    kernel().processes().push_back(*this);
}

/// As few instructions a thread as there can be: there may be `max_threads`.
Process::Sums Process::sums(Ticks now, u64 all_cores) const {
    Sums sums{.fast_calls = fast_calls, .cpu_time = cpu_time};
    u64 running = 0;
    for (const Thread& thread : threads) {
        ++sums.threads;
        sums.fast_calls += thread.fast_calls;
        sums.cpu_time.raw += thread.cpu_time.raw; // of one that runs, less the time at which it began
        running += thread.state == ThreadState::running ? 1 : 0;
        sums.cores |= thread.home ? u64{1} << thread.home->index : all_cores;
    }
    sums.cpu_time.raw += running * now.raw;
    return sums;
}

Process::~Process() {
    kernel().effort().spend(Effort::end_process);
    kernel().note_calls_of_ended(fast_calls);
    all_link.unlink();
    embryo_link.unlink();
}

} // namespace pith::kernel
