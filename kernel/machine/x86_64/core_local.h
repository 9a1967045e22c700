#pragma once

#include "base/time.h"
#include "kernel/machine/thread_context.h"
#include "kernel/machine/x86_64/offsets.h"
#include "kernel/memory/task_tables.h"

#include <array>
#include <atomic>

namespace pith::kernel {

class Core;
class Kernel;
class Machine;
class TrapTable;
struct PanicRoom;
template <class T>
class Locked;

/// SDM vol. 3, 8.7: in 64-bit mode it holds stacks and where the I/O permission bitmap lies, nothing of a
/// task.
struct [[gnu::packed]] TaskState {
    u32 reserved0 = 0;
    u64 rsp0 = 0; ///< where an interrupt from user mode pushes: the end of the current context's registers
    u64 rsp1 = 0, rsp2 = 0;
    u64 reserved1 = 0;
    std::array<u64, 7> ist{};
    u64 reserved2 = 0;
    u16 reserved3 = 0;
    u16 io_map_base = 0xffff;
};
static_assert(sizeof(TaskState) == 104);

/// Exceptions that may come at any instruction, or when the stack cannot be trusted, have stacks of their
/// own.
enum class TrapStack : u8 { none = 0, debug = 1, nmi = 2, double_fault = 3, machine_check = 4 };
inline constexpr u32 trap_stacks = 4;

/// What one core needs while it is in the kernel. GS base points here. Every address space shows its page
/// once more, read-only, for the processor to find the task state and behind it that space's bitmap of I/O
/// ports (TaskTables).
struct alignas(page_size) CoreLocal {
    CoreLocal* self = nullptr;
    u64 stack_top = 0;    ///< a multiple of 16: entry.S pushes an even number of words before it calls
    Core* core = nullptr; ///< the scheduler's part, handed to every entry point
    Locked<Kernel>* kernel = nullptr;
    u64 scratch = 0;
    u32 padding = 0; ///< so that rsp0 is aligned
    TaskState tss;
    std::array<u64, 7> gdt{};
    Machine* machine = nullptr; ///< null until the machine is complete
    PanicRoom* panic_room = nullptr;
    const TrapTable* traps = nullptr;
    std::atomic<u32> online = 0;
    u32 index = 0;
    u32 apic_id = 0;
    Instant deadline = Instant::never();
    u64 interrupts_ignored = 0;

    /// Fills in the descriptors; the core has not loaded them yet. Its page is seen nowhere else so far.
    void prepare(PanicRoom& room, u32 core_index, u32 core_apic_id);
    /// This page is seen at `page` in every address space: the task state is used there once it is loaded.
    void show_task_at(VirtAddr page);
    /// `top` is the end of the stack; the pointer to this core goes to its very top, where the entry code
    /// finds it whatever GS base says.
    void set_trap_stack(TrapStack which, u64 top);
    /// Loads GDT, TSS and GS base on the calling core.
    void load();

    /// Whose registers an interrupt from user mode is pushed into.
    [[nodiscard]] ThreadContext* context() const {
        return reinterpret_cast<ThreadContext*>(tss.rsp0 - sizeof(Registers));
    }
    void set_context(ThreadContext& context) {
        tss.rsp0 = reinterpret_cast<u64>(&context.registers) + sizeof(Registers);
    }
};
static_assert(sizeof(CoreLocal) == page_size);

// offsets.h
static_assert(offsetof(CoreLocal, self) == CORE_SELF && offsetof(CoreLocal, stack_top) == CORE_STACK_TOP);
static_assert(offsetof(CoreLocal, core) == CORE_CORE && offsetof(CoreLocal, kernel) == CORE_KERNEL);
static_assert(offsetof(CoreLocal, scratch) == CORE_SCRATCH);
static_assert(offsetof(CoreLocal, tss) + offsetof(TaskState, rsp0) == CORE_REGISTERS_END);
static_assert(offsetof(Registers, r15) == REG_R15 && offsetof(Registers, r14) == REG_R14);
static_assert(offsetof(Registers, r13) == REG_R13 && offsetof(Registers, r12) == REG_R12);
static_assert(offsetof(Registers, rbp) == REG_RBP && offsetof(Registers, rbx) == REG_RBX);
static_assert(offsetof(Registers, r11) == REG_R11 && offsetof(Registers, r10) == REG_R10);
static_assert(offsetof(Registers, r9) == REG_R9 && offsetof(Registers, r8) == REG_R8);
static_assert(offsetof(Registers, rsi) == REG_RSI && offsetof(Registers, rdi) == REG_RDI);
static_assert(offsetof(Registers, rdx) == REG_RDX && offsetof(Registers, rcx) == REG_RCX);
static_assert(offsetof(Registers, rax) == REG_RAX && offsetof(Registers, vector) == REG_VECTOR);
static_assert(offsetof(Registers, error) == REG_ERROR && offsetof(Registers, rip) == REG_RIP);
static_assert(offsetof(Registers, cs) == REG_CS && offsetof(Registers, rflags) == REG_RFLAGS);
static_assert(offsetof(Registers, rsp) == REG_RSP && offsetof(Registers, ss) == REG_SS);
static_assert(sizeof(Registers) == REG_SIZE && offsetof(ThreadContext, registers) == 0);
static_assert(offsetof(ThreadContext, interrupted) == CONTEXT_INTERRUPTED);

} // namespace pith::kernel
