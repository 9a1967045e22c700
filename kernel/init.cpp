#include "abi/startup.h"
#include "base/archive.h"
#include "base/elf.h"
#include "kernel/kernel.h"
#include "kernel/memory/frame_pointer.h"

#include <algorithm>
#include <cstring>

/// The first process, from its image in the initrd. All others are its children's business.
namespace pith::kernel {

namespace {

constexpr u8 first_priority = 50;
constexpr abi::Rights read_only = abi::rights::memory::read;
constexpr abi::Rights read_write = abi::rights::memory::read | abi::rights::memory::write;
constexpr abi::Rights read_execute = abi::rights::memory::read | abi::rights::memory::execute;

Result<Ref<Memory>> make_memory(Budget& budget, PageCount size) {
    Ref<Memory> memory = TRY(budget.make<Memory>(size));
    while (!TRY(memory->fill())) {
    }
    return memory;
}

/// Copies bytes into a memory object, from `offset` on; they fit.
void copy_into(Budget& budget, const Memory& memory, u64 offset, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const u64 within_page = offset % page_size;
        const u64 part = std::min<u64>(bytes.size(), page_size - within_page);
        std::byte* page = frame_as<std::byte>(budget.account(), memory.frame(offset / page_size));
        std::memcpy(page + within_page, bytes.data(), part);
        bytes = bytes.subspan(part);
        offset += part;
    }
}

Result<> load_segment(Process& process, const ElfSegment& segment) {
    const VirtAddr start{segment.first_page()};
    const PageCount size = PageCount::holding(segment.last_of_pages() - segment.first_page());
    Ref<Memory> memory = TRY(make_memory(process.budget(), size));
    copy_into(process.budget(), *memory, segment.start - start, segment.file);
    const abi::Rights access = segment.writable ? read_write : segment.executable ? read_execute : read_only;
    TRY(process.space().map(*memory, {start, size}, {access, access}));
    return {};
}

/// The start-up page while it is being written.
class StartupWriter {
  public:
    StartupWriter(abi::Startup& page, u64 features) : page_{page} {
        page_.version = abi::version;
        page_.features = features;
        page_.message_buffer = abi::first_message_buffer;
    }

    Result<> grant(Process& process, const char* grant_name, Capability capability) {
        abi::Grant& entry = page_.grants[page_.grant_count];
        entry.handle = TRY(process.handles().insert(std::move(capability)));
        const std::string_view name{grant_name};
        std::ranges::copy(name, entry.name.begin());
        ++page_.grant_count;
        return {};
    }
    void argument(std::string_view text) {
        append(text);
        append(std::string_view{"\0", 1});
        ++page_.argument_count;
    }
    /// As many whole lines as fit.
    void environment(std::string_view text) {
        const std::size_t room = page_.text.size() - page_.text_length;
        if (text.size() > room) {
            text = text.substr(0, room);
            text = text.substr(0, text.rfind('\n') + 1);
        }
        append(text);
    }

  private:
    void append(std::string_view text) {
        std::copy(text.begin(), text.end(),
                  page_.text.begin() + static_cast<std::ptrdiff_t>(page_.text_length));
        page_.text_length += text.size();
    }

    abi::Startup& page_;
};

u64 features_of(Machine& machine) {
    return (machine.can_switch_in_call() ? abi::feature::fast_messages : 0) |
           (machine.clock_rate().readable ? abi::feature::clock_page : 0) |
           (machine.dma_levels() != 0 ? abi::feature::translated_dma : 0);
}

} // namespace

Result<> Kernel::start_first_process(std::span<const std::byte> initrd, PhysAddr initrd_start,
                                     std::string_view environment) {
    const Archive archive = TRY(Archive::open(initrd));
    const Bytes program = TRY(archive.read(abi::first_program));
    const ElfImage image = TRY(ElfImage::parse(program, ElfPolicy::user(abi::user_start, abi::user_end)));

    TRY(clock_page()); // while there is memory for it
    Budget& budget = root_budget();
    Ref<Process> process = TRY(Process::create(budget, next_process_id(), {'i', 'n', 'i', 't'}));
    for (const ElfSegment& segment : image.segments())
        TRY(load_segment(*process, segment));

    Ref<Memory> stack = TRY(make_memory(budget, abi::stack_pages));
    const VirtAddr stack_start{abi::stack_top.raw - abi::stack_pages.bytes()};
    TRY(process->space().map(*stack, {stack_start, abi::stack_pages}, {read_write, read_write}));
    Ref<Thread> thread = TRY(Thread::create(budget, *process, abi::first_message_buffer, first_priority));
    Ref<System> system = TRY(budget.make<System>());
    Ref<Memory> archive_memory =
        TRY(budget.make<Memory>(initrd_start, PageCount::holding(initrd.size()), Memory::Range::ram));

    Ref<Memory> startup = TRY(make_memory(budget, pages(1)));
    StartupWriter writer{*frame_as<abi::Startup>(budget.account(), startup->frame(0)), features_of(machine_)};
    TRY(writer.grant(*process, abi::grant::budget, {Ref<Object>{budget}, abi::rights::all}));
    TRY(writer.grant(*process, abi::grant::process, {Ref<Object>{*process}, abi::rights::all}));
    TRY(writer.grant(*process, abi::grant::thread, {Ref<Object>{*thread}, abi::rights::all}));
    TRY(writer.grant(*process, abi::grant::system, {Ref<Object>{*system}, abi::rights::all}));
    TRY(writer.grant(*process, abi::grant::initrd,
                     {Ref<Object>{*archive_memory}, read_only | abi::rights::copy}));
    writer.argument("init");
    writer.environment(environment);
    TRY(process->space().map(*startup, {abi::startup_page, pages(1)}, {read_only, read_only}));

    Registers& registers = thread->context.registers;
    registers.rip = image.entry().raw;
    registers.rsp = abi::stack_top.raw;
    registers.rdi = abi::startup_page.raw;
    registers.rflags = user_flags;
    start_thread(*thread);
    return {};
}

} // namespace pith::kernel
