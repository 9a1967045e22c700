#include "os/spawn.h"

#include "abi/startup.h"
#include "base/elf.h"
#include "os/debug.h"
#include "os/mapping.h"
#include "os/startup_page.h"

#include <cstring>

namespace pith::os {
namespace {

namespace access = abi::rights::memory;

/// Where a child's program may lie: below what programs map at run time (os/runtime.h).
constexpr VirtAddr image_start{0x40'0000};
constexpr VirtAddr image_end{0x1000'0000};

class Child {
  public:
    static Result<Child> create(const SpawnRequest& request) {
        const std::string_view path = request.arguments.empty() ? "?" : request.arguments.front();
        const std::string_view name = path.substr(path.rfind('/') + 1);
        std::array<u64, 2> words{};
        std::memcpy(words.data(), name.data(), std::min(name.size(), sizeof(words)));
        return Child{
            request,
            Process{TRY(invoke(abi::ProcessCreate{request.budget->id(), words[0], words[1]})).handle}};
    }
    Child(Child&&) = default;
    /// One that was not finished is ended, so that nothing is left of it.
    ~Child() {
        if (process_) static_cast<void>(process_.kill());
    }

    Result<> load(const ElfImage& image);
    Result<> add_stack() {
        const Memory stack = TRY(Memory::create(abi::stack_pages, *request_.budget));
        const VirtAddr bottom{abi::stack_top.raw - abi::stack_pages.bytes()};
        return process_.map(stack, bottom, abi::stack_pages, access::read | access::write);
    }
    Result<> add_startup_page();
    Result<Process> run(VirtAddr entry) {
        const u64 flags = request_.foreign ? abi::ProcessSetFaultHandler::foreign : 0;
        if (request_.faults) TRY(Debuggee{process_}.send_faults_to(*request_.faults, flags));
        const Thread thread =
            TRY(process_.create_thread(abi::first_message_buffer, request_.priority, *request_.budget));
        if (request_.core != abi::any_core) TRY(thread.set_core(request_.core));
        TRY(thread.start(entry, abi::stack_top, abi::startup_page.raw));
        return std::move(process_);
    }

  private:
    Child(const SpawnRequest& request, Process process) : request_{request}, process_{std::move(process)} {}
    Result<> load_segment(const ElfSegment& segment);

    const SpawnRequest& request_;
    Process process_;
};

Result<> Child::load(const ElfImage& image) {
    for (const ElfSegment& segment : image.segments())
        TRY(load_segment(segment));
    return {};
}

Result<> Child::load_segment(const ElfSegment& segment) {
    if (segment.memory_size == 0) return {};
    const VirtAddr start{align_down(segment.start.raw, page_size)};
    const u64 skip = segment.start - start;
    const PageCount size = PageCount::holding(skip + segment.memory_size);
    const Memory memory = TRY(Memory::create(size, *request_.budget));
    {
        const Mapping here = TRY(Mapping::create(memory, size, access::read | access::write));
        std::memcpy(here.bytes().data() + skip, segment.file.data(), segment.file.size());
    }
    abi::Rights rights = access::read;
    if (segment.writable) rights = rights | access::write;
    if (segment.executable) rights = rights | access::execute;
    return process_.map(memory, start, size, rights);
}

Result<> Child::add_startup_page() {
    const Memory memory = TRY(Memory::create(pages(1), *request_.budget));
    {
        const Mapping here = TRY(Mapping::create(memory, pages(1), access::read | access::write));
        StartupPage page{*new (here.bytes().data()) abi::Startup{}, runtime().features};
        const auto self = TRY(process_.give(process_, abi::rights::process::map));
        TRY(page.add_grant(abi::grant::process, self));
        for (const ChildGrant& grant : request_.grants) {
            const auto given = TRY(process_.give(*grant.handle, grant.rights));
            TRY(page.add_grant(grant.name, given));
        }
        for (const std::string_view argument : request_.arguments)
            TRY(page.add_argument(argument));
        page.set_environment(request_.environment);
    }
    return process_.map(memory, abi::startup_page, pages(1), access::read);
}

} // namespace

Result<Process> spawn(const SpawnRequest& request) {
    const ElfImage image = TRY(ElfImage::parse(request.image, ElfPolicy::user(image_start, image_end)));
    Child child = TRY(Child::create(request));
    TRY(child.load(image));
    TRY(child.add_stack());
    TRY(child.add_startup_page());
    return child.run(image.entry());
}

} // namespace pith::os
