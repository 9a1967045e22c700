#include "kernel/object/thread.h"

#include "kernel/machine/machine.h"
#include "kernel/memory/frame_pointer.h"
#include "kernel/object/budget.h"
#include "kernel/object/memory.h"
#include "kernel/object/process.h"

namespace pith::kernel {

Thread::Thread(Budget& payer, Process& process, u8 base)
    : Object{object_kind, payer},
      Alarm{Owner::thread},
      base_priority{base},
      priority{base},
      process_{process} {
    process.members.push_back(*this);
    ++process.thread_count;
}

Result<Ref<Thread>> Thread::create(Budget& payer, Process& process, VirtAddr buffer, u8 priority) {
    if (process.thread_count == Process::max_threads) return fail(Error::no_memory);
    Ref<Thread> thread = TRY(payer.make<Thread>(process, priority));
    TRY(thread->take_pages(buffer));
    thread->context.root = process.space().root();
    thread->handles = process.handles().pages();
    return thread;
}

Result<> Thread::take_pages(VirtAddr buffer_address) {
    Account& account = payer().account();
    vector_frame_ = TRY(account.take_frame());
    context.vector_area = frame_as<std::byte>(account, vector_frame_);
    Machine::prepare_vector_area(context.vector_area);
    buffer_memory_ = TRY(payer().make<Memory>(pages(1)));
    buffer_memory_->pinned = true;
    TRY(buffer_memory_->fill());
    buffer = frame_as<abi::MessageBuffer>(account, buffer_memory_->frame(0));
    extra_words = &buffer->words[abi::register_words];
    constexpr abi::Rights read_write = abi::rights::memory::read | abi::rights::memory::write;
    TRY(process().space().map_page(*buffer_memory_, buffer_address,
                                   {.allowed = read_write, .access = read_write}, 0));
    buffer_address_ = buffer_address;
    return {};
}

void Thread::unmap_buffer() {
    if (buffer_address_ == VirtAddr{}) return;
    process().space().unmap_if(*buffer_memory_, buffer_address_);
    buffer_address_ = {};
}

Thread::~Thread() {
    unmap_buffer();
    if (state != ThreadState::ended) --process_->thread_count; // else it is not counted any more
    member_link.unlink();
    if (context.vector_area) payer().account().give_frame(vector_frame_);
}

} // namespace pith::kernel
