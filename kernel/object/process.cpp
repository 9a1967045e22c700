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
      handles_{payer.account(), this} {
    kernel().processes().push_back(*this);
}

/// As few instructions a thread as there can be: there may be `max_threads`.
Process::Sums Process::sums(Ticks now, u64 all_cores) const {
    u64 count = 0, calls = fast_calls, time = cpu_time.raw, cores = 0;
    for (const Thread& thread : threads) {
        ++count;
        calls += thread.fast_calls;
        time += thread.cpu_time.raw; // of one that runs, less the time at which it began
        cores |= thread.home ? u64{1} << thread.home->index : all_cores;
    }
    Kernel& owner = kernel();
    for (u32 i = 0; i < owner.core_count(); ++i)
        if (const Thread* current = owner.core(i).current; current && &current->process() == this)
            time += now.raw;
    return {.threads = count, .fast_calls = calls, .cpu_time = {time}, .cores = cores};
}

Process::~Process() {
    kernel().effort().spend(Effort::end_process);
    kernel().note_calls_of_ended(fast_calls);
    kernel().processes().remove(*this);
    embryo_link.unlink();
}

} // namespace pith::kernel
