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

Process::~Process() {
    kernel().effort().spend(Effort::end_process);
    kernel().note_calls_of_ended(fast_calls);
    all_link.unlink();
    embryo_link.unlink();
}

} // namespace pith::kernel
