#pragma once

#include "base/strong.h"

namespace pith::abi {

/// What a handle allows. A copy can only lose rights. The low bits mean something else for each kind of
/// object; `copy` is common to all.
struct Rights : Strong<struct RightsTag, u16> {
    [[nodiscard]] constexpr bool has(Rights wanted) const { return (raw & wanted.raw) == wanted.raw; }
    [[nodiscard]] constexpr bool empty() const { return raw == 0; }
};
[[nodiscard]] constexpr Rights operator|(Rights a, Rights b) { return {static_cast<u16>(a.raw | b.raw)}; }
[[nodiscard]] constexpr Rights operator&(Rights a, Rights b) { return {static_cast<u16>(a.raw & b.raw)}; }

namespace rights {

inline constexpr Rights none{0};
inline constexpr Rights all{0xffff};
/// The handle may be copied, and sent in a message. Every kind.
inline constexpr Rights copy{0x8000};

namespace budget {
inline constexpr Rights spend{1};   ///< pay for objects and memory
inline constexpr Rights split{2};   ///< make children that share it
inline constexpr Rights inspect{4}; ///< ask limit and use
inline constexpr Rights reclaim{8}; ///< end the memory that it paid for
inline constexpr Rights end{16};    ///< end everything that it paid for; change its limit
} // namespace budget

namespace process {
inline constexpr Rights map{1};     ///< map, unmap and protect memory in it
inline constexpr Rights run{2};     ///< make threads in it
inline constexpr Rights grant{4};   ///< put handles into its table
inline constexpr Rights observe{8}; ///< learn of its end and the reason
inline constexpr Rights kill{16};   ///< end it
inline constexpr Rights debug{32};  ///< hear of its faults, read and write its memory, reach its threads
} // namespace process

namespace thread {
inline constexpr Rights run{1};     ///< start it, set its registers and priority
inline constexpr Rights observe{2}; ///< learn of its end
inline constexpr Rights kill{4};    ///< end it; cancel what it waits for
inline constexpr Rights debug{8};   ///< stop it, read and write its registers
} // namespace thread

namespace endpoint {
inline constexpr Rights call{1};    ///< call and send
inline constexpr Rights receive{2}; ///< receive; the endpoint ends with the last of these
inline constexpr Rights mint{4};    ///< make copies that carry a badge
} // namespace endpoint

namespace reply {
inline constexpr Rights reply{1};
} // namespace reply

namespace notification {
inline constexpr Rights signal{1};
inline constexpr Rights wait{2}; ///< wait, poll, bind to an endpoint
} // namespace notification

namespace memory {
inline constexpr Rights read{1};
inline constexpr Rights write{2};
inline constexpr Rights execute{4};
} // namespace memory

namespace interrupt {
inline constexpr Rights use{1}; ///< bind and acknowledge
} // namespace interrupt

namespace io_ports {
inline constexpr Rights use{1};
} // namespace io_ports

namespace dma_domain {
inline constexpr Rights map{1};     ///< map memory for the device, and unmap it
inline constexpr Rights inspect{2}; ///< ask what is mapped, and what was refused
} // namespace dma_domain

namespace system {
inline constexpr Rights log{1};       ///< read the kernel's log
inline constexpr Rights write_log{2}; ///< add lines to it
inline constexpr Rights list{4};      ///< list processes, ask memory statistics
inline constexpr Rights devices{8};   ///< make what drivers hold: Interrupt, IoPorts, DmaDomain, Memory
inline constexpr Rights power{16};    ///< power off, reboot
inline constexpr Rights trace{32};    ///< see what the kernel does: calls, switches, faults, interrupts
} // namespace system

namespace queue {
inline constexpr Rights send{1};
inline constexpr Rights receive{2}; ///< the queue ends with the last of these; never travels in a queue
} // namespace queue

namespace timer {
inline constexpr Rights set{1}; ///< set and cancel
} // namespace timer

} // namespace rights
} // namespace pith::abi
