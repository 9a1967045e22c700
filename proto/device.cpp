#include "proto/device.h"

#include "base/number.h"

#include <algorithm>

namespace pith::proto {
namespace {

constexpr abi::Rights both = abi::rights::memory::read | abi::rights::memory::write;

struct Place {
    u32 number;
    u64 offset;
};

/// What stands behind the kind: "2+0x1000", or "2".
Result<Place> parse_place(std::string_view text) {
    const u64 plus = std::min(text.find("+0x"), text.size());
    const auto number = parse_number(text.substr(0, plus), 10);
    const auto offset = plus == text.size() ? 0 : parse_number(text.substr(plus + 3), 16);
    if (!number || !offset) return fail(Error::bad_format);
    return Place{static_cast<u32>(*number), *offset};
}

} // namespace

Result<Device> Device::open(os::Start& start) {
    auto server = TRY(start.take<devices::Client>(device_grant::server));
    auto dma = TRY(start.take<os::DmaDomain>(device_grant::dma));
    auto configuration = TRY(start.take<os::Memory>(device_grant::configuration));
    auto view = TRY(os::Mapping::whole(configuration, abi::rights::memory::read));
    Device device{std::move(server), std::move(dma), std::move(configuration), std::move(view)};
    for (u64 i = 0; const auto name = start.grant_name(i); ++i)
        TRY(device.take(start, *name));
    return device;
}

Result<> Device::take(os::Start& start, std::string_view name) {
    if (name.starts_with(device_grant::window)) {
        const Place place = TRY(parse_place(name.substr(device_grant::window.size())));
        windows_.push_back({place.number, place.offset, TRY(start.take<os::Memory>(name)), {}});
    } else if (name.starts_with(device_grant::ports)) {
        const Place place = TRY(parse_place(name.substr(device_grant::ports.size())));
        ports_.push_back({place.number, static_cast<u16>(place.offset), TRY(start.take<os::IoPorts>(name))});
    } else if (name.starts_with(device_grant::interrupt)) {
        interrupts_.push_back(TRY(start.take<os::Interrupt>(name)));
    }
    return {};
}

Result<os::Registers> Device::registers(u32 number, u64 offset, u64 length) {
    for (Window& window : windows_) {
        if (window.number != number || offset < window.offset) continue;
        const u64 size = TRY(window.memory.size()).bytes();
        if (!within(offset - window.offset, length, size)) continue;
        if (window.view.bytes().empty()) window.view = TRY(os::Mapping::whole(window.memory, both));
        return os::Registers{window.view.bytes()}.part(offset - window.offset, length);
    }
    return fail(Error::not_found);
}

Result<os::Registers> Device::registers(u32 number) {
    const auto window = std::ranges::find(windows_, number, &Window::number);
    if (window == windows_.end() || window->offset != 0) return fail(Error::not_found);
    return registers(number, 0, TRY(window->memory.size()).bytes());
}

Result<os::IoPorts> Device::ports(u32 number) {
    const auto found = std::ranges::find(ports_, number, &Ports::number);
    if (found == ports_.end() || !found->ports) return fail(Error::not_found);
    os::IoPorts ports = std::move(found->ports);
    TRY(ports.enable(found->first));
    return ports;
}

Result<> Device::listen(const os::Notification& notification, u64 bits, u32 number) {
    if (number >= interrupts_.size()) return fail(Error::not_found);
    TRY(interrupts_[number].bind(notification, bits));
    return interrupts_[number].acknowledge();
}

} // namespace pith::proto
