#pragma once

#include "abi/message.h"
#include "base/type_list.h"
#include "os/message.h"

#include <cstring>
#include <tuple>

/// What a protocol's messages are made of. A protocol is a struct with a TypeList `Messages`; a message's
/// number is its place in it. A message is a plain struct of whole words:
///
///   struct Read {
///       using Reply = Chunk<400>;              // a plain struct too
///       using Handles = TypeList<Memory>;      // optional: what the request carries
///       using ReplyHandles = TypeList<Memory>; // optional: what a good reply carries
///       static constexpr bool repeatable = true; // whether sending it twice does no harm
///       u64 offset;
///   };
///
/// On the wire, word 0 is the message's number, in a reply its Error or 0, with the count of words that
/// follow in its upper half; then the struct.
namespace pith::os {

/// A reply that says nothing but that it worked.
struct Done {
    u64 unused = 0;
};

/// Up to N bytes at the end of a message; only those that hold something travel.
template <u64 N>
struct Chunk {
    static_assert(N % 8 == 0);
    static constexpr u64 capacity = N;
    u64 length = 0;
    std::array<char, N> data; ///< means nothing behind `length`, and is not even cleared there

    Chunk() {}
    [[nodiscard]] static Chunk of(std::string_view text) {
        Chunk bytes;
        bytes.put(text);
        return bytes;
    }
    /// As much of it as there is room for.
    void put(std::string_view text) {
        length = text.size() < N ? text.size() : N;
        __builtin_memcpy(data.data(), text.data(), length);
    }
    /// Never more than there is, whatever the other side wrote into `length`.
    [[nodiscard]] std::string_view view() const { return {data.data(), length < N ? length : N}; }
};

namespace detail {

template <class M>
concept HasBytes = requires(const M& m) { m.bytes.view(); };
template <class M>
struct HandlesOf {
    using type = TypeList<>;
};
template <class M>
    requires requires { typename M::Handles; }
struct HandlesOf<M> {
    using type = typename M::Handles;
};
template <class M>
struct ReplyHandlesOf {
    using type = TypeList<>;
};
template <class M>
    requires requires { typename M::ReplyHandles; }
struct ReplyHandlesOf<M> {
    using type = typename M::ReplyHandles;
};

/// Plain words without padding, so that no byte of the sender's memory travels by accident.
template <class M>
concept Plain = std::is_trivially_copyable_v<M> && std::has_unique_object_representations_v<M> &&
                sizeof(M) % 8 == 0 && sizeof(M) <= (abi::max_words - 1) * 8;

/// What every M has, whatever its bytes are.
template <Plain M>
constexpr u64 fixed_bytes() {
    if constexpr (HasBytes<M>) return sizeof(M) - decltype(M::bytes)::capacity;
    return sizeof(M);
}

/// Only what means something travels: the rest of the last word is 0.
template <Plain M>
void encode(u64 head, const M& m, Message& message) {
    constexpr u64 fixed = fixed_bytes<M>();
    u64 words = fixed / 8;
    __builtin_memcpy(&message.words[1], &m, fixed);
    if constexpr (HasBytes<M>) {
        const std::string_view bytes = m.bytes.view();
        words += (bytes.size() + 7) / 8;
        if (!bytes.empty()) message.words[words] = 0;
        __builtin_memcpy(&message.words[1 + fixed / 8], bytes.data(), bytes.size());
    }
    message.words[0] = head | words << 32;
    message.count = static_cast<u32>(words) + 1;
    message.handle_count = 0;
}

/// Into `m`, where the message holds exactly as much as it should.
template <Plain M>
Result<> decode(const Message& message, M& m) {
    constexpr u64 fixed = fixed_bytes<M>() / 8;
    const u64 words = message.words[0] >> 32;
    if (words < fixed || words >= message.count) return fail(Error::bad_argument);
    __builtin_memcpy(&m, &message.words[1], fixed * 8);
    u64 expected = fixed;
    if constexpr (HasBytes<M>) {
        if (m.bytes.length > m.bytes.capacity) return fail(Error::bad_argument);
        expected += (m.bytes.length + 7) / 8;
    }
    if (words != expected) return fail(Error::bad_argument);
    if constexpr (HasBytes<M>)
        __builtin_memcpy(m.bytes.data.data(), &message.words[1 + fixed], (expected - fixed) * 8);
    return {};
}

/// What a message carried, owned from here on: closed unless taken.
class HandleBag {
  public:
    HandleBag() = default;
    explicit HandleBag(const Message& message) : count_{message.handle_count}, kinds_{message.kinds} {
        for (u32 i = 0; i < count_; ++i)
            handles_[i] = Handle{message.handles[i]};
    }
    void close() {
        for (u32 i = 0; i < count_; ++i)
            handles_[i].close();
        count_ = 0;
    }
    /// They are somebody else's now.
    void forget() {
        for (u32 i = 0; i < count_; ++i)
            static_cast<void>(handles_[i].release());
        count_ = 0;
    }
    void add(Handle handle) { handles_[count_++] = std::move(handle); }
    [[nodiscard]] u32 count() const { return count_; }
    [[nodiscard]] abi::Handle id(u32 i) const { return handles_[i].id(); }

    /// All of them, where number and kinds are as they should be.
    template <class... H>
    [[nodiscard]] Result<std::tuple<H...>> take(TypeList<H...> /*types*/) {
        if (count_ != sizeof...(H)) return fail(Error::bad_argument);
        u32 i = 0;
        if (((kinds_[i++] != H::kind) || ...)) return fail(Error::wrong_kind);
        i = 0;
        return std::tuple<H...>{H{handles_[i++].release()}...}; // braces: left to right
    }

  private:
    std::array<Handle, abi::max_handles> handles_;
    u32 count_ = 0;
    std::array<abi::Kind, abi::max_handles> kinds_{}; ///< of those that came
};

/// What a reply is for who receives it, or gives it: with the handles beside the struct, where there are any.
template <class Reply, class Handles>
struct ReplyType {
    using type = Reply;
};
template <class Reply, class First, class... Rest>
struct ReplyType<Reply, TypeList<First, Rest...>> {
    struct type {
        Reply value;
        std::tuple<First, Rest...> handles;
    };
};

} // namespace detail

/// What a client gets for M, and what a server returns.
template <class M>
using Answer = typename detail::ReplyType<typename M::Reply, typename detail::ReplyHandlesOf<M>::type>::type;

} // namespace pith::os
