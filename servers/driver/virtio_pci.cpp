#include "servers/driver/virtio_pci.h"

namespace pith::os::driver {
namespace {

constexpr u64 list_at = 0x34;
constexpr u8 vendor_capability = 9;
constexpr int most_capabilities = 48; ///< as many as fit into the space: a longer list is a circle

/// VIRTIO 1.2, 4.1.4: what a capability describes.
enum class Group : u8 { common = 1, notifications = 2, interrupts = 3, device = 4 };

void take(VirtioPlaces& places, Group group, VirtioPlaces::Place place, u32 step) {
    const auto take_first = [&](VirtioPlaces::Place& to) {
        if (to.exists() || !place.exists()) return false; // the device prefers those that it names first
        to = place;
        return true;
    };
    switch (group) {
    case Group::common: take_first(places.common); break;
    case Group::notifications:
        if (take_first(places.notifications)) places.notification_step = step;
        break;
    case Group::interrupts: take_first(places.interrupts); break;
    case Group::device: take_first(places.device); break;
    }
}

} // namespace

Result<VirtioPlaces> VirtioPlaces::parse(Bytes configuration) {
    VirtioPlaces places;
    u8 at = TRY(read_at<u8>(configuration, list_at));
    for (int i = 0; at != 0; ++i) {
        if (i == most_capabilities) return fail(Error::bad_format);
        at &= 0xfc;
        const u8 kind = TRY(read_at<u8>(configuration, at));
        const u8 length = TRY(read_at<u8>(configuration, at + u64{2}));
        if (kind == vendor_capability && length >= 16) {
            const Place place{TRY(read_at<u8>(configuration, at + u64{4})),
                              TRY(read_at<u32>(configuration, at + u64{8})),
                              TRY(read_at<u32>(configuration, at + u64{12}))};
            const u32 step = length >= 20 ? TRY(read_at<u32>(configuration, at + u64{16})) : 0;
            const u8 group = TRY(read_at<u8>(configuration, at + u64{3}));
            if (group >= 1 && group <= 4) take(places, static_cast<Group>(group), place, step);
        }
        at = TRY(read_at<u8>(configuration, at + u64{1}));
    }
    if (!places.common.exists() || !places.notifications.exists()) return fail(Error::unsupported);
    return places;
}

} // namespace pith::os::driver
