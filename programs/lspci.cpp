// lspci [-v]: shows the PCI devices, and with -v their windows and interrupts.
#include "proto/devices.h"
#include "proto/output.h"
#include "proto/utility.h"

using namespace pith;

namespace {

namespace devices = proto::devices;

/// The classes that are met most (PCI Code and ID Assignment 1.15, 1); by class and subclass.
struct ClassName {
    u64 code;
    std::string_view name;
};
constexpr std::array<ClassName, 22> class_names{{{0x0100, "SCSI controller"},
                                                 {0x0101, "IDE controller"},
                                                 {0x0106, "SATA controller"},
                                                 {0x0108, "NVMe controller"},
                                                 {0x0200, "Ethernet controller"},
                                                 {0x0300, "VGA display"},
                                                 {0x0380, "display"},
                                                 {0x0401, "audio"},
                                                 {0x0403, "audio"},
                                                 {0x0500, "memory"},
                                                 {0x0600, "host bridge"},
                                                 {0x0601, "ISA bridge"},
                                                 {0x0604, "PCI bridge"},
                                                 {0x0680, "bridge"},
                                                 {0x0700, "serial port"},
                                                 {0x0780, "communication"},
                                                 {0x0880, "system device"},
                                                 {0x0900, "keyboard"},
                                                 {0x0c03, "USB controller"},
                                                 {0x0c05, "SMBus"},
                                                 {0x0d80, "wireless controller"},
                                                 {0x00ff, "unclassified device"}}};

std::string_view name_of_class(u64 class_code) {
    for (const ClassName& one : class_names)
        if (one.code == class_code >> 8) return one.name;
    return "device";
}

void show_details(proto::Output& output, const devices::FunctionReply& function) {
    namespace feature = devices::feature;
    for (u64 n = 0; n < function.base.size(); ++n) {
        if (function.base[n] == 0) continue;
        const bool is_ports = (function.base[n] & 1) != 0;
        output.print("        window {}: {} at 0x{:x}, 0x{:x} bytes\n", n, is_ports ? "ports" : "memory",
                     function.base[n] & ~u64{1}, function.size[n]);
    }
    std::string text;
    const auto add = [&](u64 bit, std::string_view word) {
        if ((function.features & bit) != 0) text += std::string{text.empty() ? "" : ", "} + std::string{word};
    };
    add(feature::express, "express");
    add(feature::message_table, "MSI-X");
    add(feature::message_interrupts, "MSI");
    add(feature::function_reset, "can be reset alone");
    if (!text.empty()) output.print("        {}\n", text);
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto lspci = TRY(proto::Utility::open(start, "v", "lspci [-v]", 0, 0));
    if (!lspci) return proto::status_misuse;
    const auto server = start.take<devices::Client>("devices");
    if (!server) {
        lspci->complain("devices", Error::denied);
        return 1;
    }
    proto::Output output{lspci->program.output()};
    for (u64 index = 0;; ++index) {
        const auto function = server->call(devices::Function{index});
        if (!function && function.error() == Error::not_found) return 0;
        if (!function) {
            lspci->complain("devices", function.error());
            return 1;
        }
        const u64 at = function->address;
        output.print("{:02x}:{:02x}.{} {:04x}:{:04x} {:06x} {}", at >> 8, at >> 3 & 31, at & 7,
                     function->identity & 0xffff, function->identity >> 16, function->class_code,
                     name_of_class(function->class_code));
        if (!function->bytes.view().empty()) output.print(": {}", function->bytes.view());
        output.write("\n");
        if (lspci->arguments.has('v')) show_details(output, *function);
    }
}
