#pragma once

/// The seam: all that the portable kernel asks of a machine. `<machine/machine.h>` comes from
/// kernel/machine/x86_64 (the real one) or kernel/machine/host (a simulated one), by include path.

#include "abi/syscalls.h"
#include "base/result.h"
#include "base/time.h"
#include "kernel/machine/dma_fault.h"
#include "kernel/machine/message_route.h"
#include "kernel/machine/thread_context.h"

#include <machine/machine.h>

#include <concepts>
#include <optional>

namespace pith::kernel {

class Core;

/// Which kernel-to-machine calls exist, and what each promises.
template <class M>
concept IsMachine =
    requires(M& machine, CoreLocal& core, ThreadContext& context, PhysAddr frame, VirtAddr page, Instant time,
             Ticks ticks, u64* words, u32 line, u16 device, abi::PowerAction action) {
        /// Where the kernel sees a frame of RAM. Every frame of RAM is visible at all times.
        { machine.frame(frame) } -> std::same_as<std::byte*>;
        /// Copies the kernel's half into a fresh, zeroed top-level page table.
        { machine.share_kernel_half(frame) } -> std::same_as<void>;

        /// Makes `to` what this core runs: address space and with it I/O ports (TaskTables), FS and GS base,
        /// vector state, interrupt stack. `from` is what ran until now (it may equal `to`, or be the idle
        /// context); its live state is saved first, vector registers only if it was interrupted. After it,
        /// the core may be left with Exit{&to}.
        { machine.switch_context(core, context, context) } -> std::same_as<void>;
        /// The same for two threads that are both inside a system call, as messages switch: no vector
        /// registers are live, and the two differ. After it the core can only be left at once, by the fast
        /// way, with what it returns: the end of the registers of `to`.
        { machine.switch_in_call(core, context, context) } -> std::same_as<Registers*>;
        /// The same where an interrupt or an exception has stopped `from`.
        { machine.switch_into_call(core, context, context) } -> std::same_as<void>;
        /// Whether it can do these two.
        { machine.can_switch_in_call() } -> std::same_as<bool>;
        /// Where a thread that has made a direct call goes on: the entry code has put that aside.
        { machine.keep_return(core, context) } -> std::same_as<void>;
        /// A page that holds anything gets what saving vector registers there does not write, but loading
        /// them reads. Nothing else reads it.
        { machine.prepare_vector_area(context.vector_area) } -> std::same_as<void>;
        { machine.end_of(context.registers) } -> std::same_as<Registers*>;
        /// Copies words of messages.
        { machine.copy_words(words, words, ticks.raw) } -> std::same_as<void>;

        /// The core that executes this.
        { machine.this_core() } -> std::same_as<Core&>;
        /// That core, another one, is interrupted and calls kernel_continue, soon; at once when it is in user
        /// mode or idle, and when it next is if it is in the kernel.
        { machine.interrupt_core(core) } -> std::same_as<void>;

        /// This core forgets what it knows of one page, or of all pages, of the address space `frame`.
        { machine.flush_page(frame, page) } -> std::same_as<void>;
        { machine.flush_space(frame) } -> std::same_as<void>;

        /// Time since the kernel started.
        { machine.now() } -> std::same_as<Instant>;
        /// The same clock, raw, and what a number of its ticks is.
        { machine.ticks() } -> std::same_as<Ticks>;
        { machine.duration(ticks) } -> std::same_as<Duration>;
        /// How a program can tell the time by itself.
        { machine.clock_rate() } -> std::same_as<ClockRate>;
        /// kernel_timer is called on this core at `time` or soon after; `never` disarms. Replaces what was
        /// armed.
        { machine.arm_timer(time) } -> std::same_as<void>;

        /// Interrupt lines, up to 15 by ISA numbers. A line starts masked. A masked level stays pending.
        { machine.interrupt_exists(line) } -> std::same_as<bool>;
        /// It fires as long as the device wants something; else, once for each time.
        { machine.interrupt_is_level(line) } -> std::same_as<bool>;
        { machine.mask_interrupt(line) } -> std::same_as<void>;
        { machine.unmask_interrupt(line) } -> std::same_as<void>;
        /// The one that kernel_interrupt was called for on this core can come again, if it is not masked.
        { machine.end_interrupt() } -> std::same_as<void>;
        /// From now on the device can raise the interrupt `line`, a number of InterruptLines' messages, which
        /// starts masked where the machine can mask it.
        { machine.route_message(line, device) } -> std::same_as<MessageRoute>;
        { machine.drop_message(line) } -> std::same_as<void>;

        /// Levels of the tables by which the machine translates what devices reach (DmaTable); 0: it does
        /// not.
        { machine.dma_levels() } -> std::same_as<u32>;
        /// The device reaches what the table at `frame` says, and nothing else.
        { machine.dma_attach(device, frame) } -> std::same_as<void>;
        /// The device reaches nothing, and what it was doing is done.
        { machine.dma_detach(device) } -> std::same_as<void>;
        /// Entries of an attached device's table have changed: it goes by what they say now.
        { machine.dma_changed(device) } -> std::same_as<void>;
        /// The oldest refusal that nobody has taken yet.
        { machine.take_dma_fault() } -> std::same_as<std::optional<DmaFault>>;
        /// The device's refusals are not told any more, until it is attached anew.
        { machine.silence_dma_faults(device) } -> std::same_as<void>;

        /// Whether a range of the bus may be handed to a driver: no RAM, none of the kernel's own registers.
        { machine.is_device_memory(frame, PageCount{}) } -> std::same_as<bool>;
        /// Whether ports may be handed to a driver: not those the kernel itself needs to stay in control.
        { machine.is_device_port(line, line) } -> std::same_as<bool>;

        /// Somebody else drives COM1 (the first serial port) from now on.
        { machine.release_console() } -> std::same_as<void>;
        /// Where the firmware's root table lies; 0: nowhere.
        { machine.firmware_tables() } -> std::same_as<PhysAddr>;
        /// The screen that the firmware set up, whose width is 0 where there is none.
        { machine.screen() } -> std::same_as<abi::ScreenEntry>;
        /// Somebody else draws on it from now on.
        { machine.release_screen() } -> std::same_as<void>;
        /// Returns only if the machine has no such function.
        { machine.power(action) } -> std::same_as<void>;
    };
static_assert(IsMachine<Machine>);

} // namespace pith::kernel
