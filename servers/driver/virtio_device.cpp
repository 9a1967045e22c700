#include "servers/driver/virtio_device.h"

#include "os/time.h"

namespace pith::os::driver {

Result<VirtioDevice> VirtioDevice::open(proto::Device& device, u64 wanted) {
    const VirtioPlaces places = TRY(VirtioPlaces::parse(device.configuration()));
    const auto registers = [&](const VirtioPlaces::Place& place) {
        return device.registers(place.window, place.offset, place.length);
    };
    Registers own;
    if (places.device.exists()) own = TRY(registers(places.device));
    VirtioDevice opened{TRY(registers(places.common)), TRY(registers(places.notifications)), own,
                        places.notification_step};
    if (opened.common_.size() < common_size) return fail(Error::bad_format);
    TRY(opened.reset());
    TRY(opened.negotiate(wanted | version_1 | indirect | access_platform));
    return opened;
}

Result<> VirtioDevice::reset() {
    common_.write<Status>(0);
    for (int attempt = 0; attempt < 1000; ++attempt) {
        if (common_.read<Status>() == 0) return {};
        TRY(sleep(milliseconds(1)));
    }
    return fail(Error::timed_out);
}

Result<> VirtioDevice::negotiate(u64 wanted) {
    common_.write<Status>(acknowledge);
    common_.write<Status>(acknowledge | driver);
    u64 offered = 0;
    for (u32 half = 0; half < 2; ++half) {
        common_.write<DeviceFeatureSelect>(half);
        offered |= u64{common_.read<DeviceFeature>()} << 32 * half;
    }
    features_ = offered & wanted;
    if (!has(version_1) || !has(indirect)) return fail(Error::unsupported);
    for (u32 half = 0; half < 2; ++half) {
        common_.write<DriverFeatureSelect>(half);
        common_.write<DriverFeature>(static_cast<u32>(features_ >> 32 * half));
    }
    common_.write<Status>(acknowledge | driver | features_ok);
    if ((common_.read<Status>() & features_ok) == 0) return fail(Error::unsupported);
    common_.write<ConfigurationVector>(no_vector);
    return {};
}

Result<Registers> VirtioDevice::add_queue(u16 number, u64 address, u16 vector) {
    common_.write<QueueSelect>(number);
    if (common_.read<QueueSize>() < VirtQueue::entries) return fail(Error::unsupported);
    common_.write<QueueSize>(VirtQueue::entries);
    common_.write<QueueVector>(vector);
    if (common_.read<QueueVector>() != vector) return fail(Error::no_memory); // the device has too few
    write_address<32>(address + VirtQueue::descriptors_at);
    write_address<40>(address + VirtQueue::available_at);
    write_address<48>(address + VirtQueue::used_at);
    common_.write<QueueEnable>(1);
    return notifications_.part(u64{common_.read<QueueNotify>()} * step_, 2);
}

} // namespace pith::os::driver
