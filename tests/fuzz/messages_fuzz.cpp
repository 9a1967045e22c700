#include "base/panic.h"
#include "os/protocol.h"
#include "proto/block.h"
#include "proto/console.h"
#include "proto/devices.h"
#include "proto/file.h"
#include "proto/keeping.h"
#include "proto/mounts.h"
#include "proto/streams.h"
#include "proto/supervision.h"
#include "proto/volumes.h"
#include "proto/wall_clock.h"

#include <algorithm>

/// Every message of every protocol, and its reply, out of words that somebody else sent. What is taken for
/// one holds exactly what came: sent on it is the same words, and no more bytes than it has room for.

using namespace pith;

namespace {

template <class M>
void check(const os::Message& message) {
    M decoded;
    if (!os::detail::decode(message, decoded)) return;
    os::Message again;
    os::detail::encode(static_cast<u32>(message.words[0]), decoded, again);
    require(again.count <= message.count && again.count >= 1, "a message grew");
    require(again.words[0] == message.words[0], "another head");
    const u64 words = again.count - 1;
    u64 bytes = words * 8;
    if constexpr (os::detail::HasBytes<M>) {
        require(decoded.bytes.length <= decoded.bytes.capacity, "more than there is room for");
        bytes = std::min(bytes, sizeof(M) - decoded.bytes.capacity + decoded.bytes.view().size());
    }
    require(std::memcmp(&again.words[1], &message.words[1], bytes) == 0, "another message");
}

template <class... M>
void check_all(TypeList<M...>, const os::Message& message) {
    (check<M>(message), ...);
    (check<typename M::Reply>(message), ...);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    os::Message message{};
    message.words.fill(0xa5a5'a5a5'a5a5'a5a5);
    message.count = static_cast<u32>(std::min<std::size_t>(size / 8, abi::max_words));
    std::memcpy(message.words.data(), data, message.count * u64{8});
    check_all(proto::block::Protocol::Messages{}, message);
    check_all(proto::console::Protocol::Messages{}, message);
    check_all(proto::devices::Protocol::Messages{}, message);
    check_all(proto::file::Protocol::Messages{}, message);
    check_all(proto::keeping::Protocol::Messages{}, message);
    check_all(proto::mounts::Protocol::Messages{}, message);
    check_all(proto::supervision::Protocol::Messages{}, message);
    check_all(proto::streams::Protocol::Messages{}, message);
    check_all(proto::volumes::Protocol::Messages{}, message);
    check_all(proto::wall_clock::Protocol::Messages{}, message);
    return 0;
}
