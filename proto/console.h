#pragma once

#include "os/client.h"

/// The machine's terminals: text out, typed bytes in. A client's badge says which terminal is its own
/// (`badge_of`).
namespace pith::proto::console {

/// The serial port is terminal 0; the screen shows one of those from 1 on at a time.
inline constexpr u64 serial_terminal = 0, screen_terminals = 4;
/// By this terminal number the console knows who may send `Keys`.
inline constexpr u64 keyboard = 255;
[[nodiscard]] constexpr u64 badge_of(u64 terminal, u64 client) { return terminal << 8 | client; }
[[nodiscard]] constexpr u64 terminal_of(u64 badge) { return badge >> 8; }

/// Writes all of the text, `\n` as the line's end. Answered when it has room behind what was written before.
struct Write {
    using Reply = os::Done;
    static constexpr bool repeatable = false; // the first part may have been written
    os::Chunk<480> bytes;
};

/// Takes the next bytes that were typed, at least one and at most `most`; waits while there are none. A
/// terminal that edits lines (SetInput) gives whole ones, and no bytes for Ctrl-D on an empty one, as a
/// stream that is no terminal (proto/streams.h) does at its end; else they come as typed. In plain mode byte
/// 4 (Ctrl-D) marks the end of input.
struct Read {
    using Reply = struct ReadReply;
    static constexpr bool repeatable = true; // a console that ends takes what it held with it
    u64 most;
};
struct ReadReply {
    os::Chunk<480> bytes;
};

/// The same without waiting: no bytes where nothing was typed.
struct ReadTyped {
    using Reply = ReadReply;
    static constexpr bool repeatable = true;
    u64 most;
};

/// How the console presents itself.
enum class Mode : u64 {
    terminal = 0, ///< a person: lines end with \r\n
    plain = 1,    ///< a program: bytes go out as they are
};
struct GetMode {
    using Reply = struct ModeReply;
    static constexpr bool repeatable = true;
    u64 unused = 0;
};
struct ModeReply {
    u64 mode;          ///< Mode
    u64 columns, rows; ///< 0: not known
};

/// What becomes of what is typed.
enum class InputMode : u64 {
    raw = 0,    ///< comes as typed
    edited = 1, ///< is shown, can be corrected (Backspace, Ctrl-U, Ctrl-W) and comes line by line
};
struct SetInput {
    using Reply = os::Done;
    static constexpr bool repeatable = true;
    u64 mode; ///< InputMode
};

/// From now on Ctrl-C, unless somebody reads raw input, throws away what was typed before it and signals
/// `bits` instead of being input; one that waits to be read does so at once. One watcher at a time; `bits` 0
/// ends it. Input is edited while there is a watcher, and raw again afterwards.
struct WatchInterrupt {
    using Reply = os::Done;
    using Handles = TypeList<os::Notification>;
    static constexpr bool repeatable = true;
    u64 bits;
};

/// From the keyboard's driver alone: keys that went down, or, with the highest bit set, up (Linux's key
/// codes).
struct Keys {
    using Reply = struct KeysReply;
    static constexpr bool repeatable = false;
    static constexpr u64 most = 64;
    os::Chunk<most> bytes;
};
struct KeysReply {
    u64 lights; ///< that shall be on: bit 0 Scroll Lock, 1 Num Lock, 2 Caps Lock
};

/// What the keys mean from now on: "us", "uk", "uk-extended", "de", "fr". `not_found` for others.
struct SetKeymap {
    using Reply = os::Done;
    static constexpr bool repeatable = true;
    os::Chunk<16> bytes;
};

struct Protocol {
    using Messages = TypeList<Write, Read, GetMode, WatchInterrupt, SetInput, Keys, SetKeymap, ReadTyped>;
};
using Client = os::Client<Protocol>;

} // namespace pith::proto::console
