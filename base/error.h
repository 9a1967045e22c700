#pragma once

#include "base/types.h"

#include <string_view>

namespace pith {

/// Everything that can go wrong and that a caller can act upon. The numbers are part of the system
/// call contract: never renumber, only append.
enum class Error : u8 {
    bad_handle = 1,     ///< no such handle, or one whose generation has passed
    wrong_kind = 2,     ///< the handle names another kind of object than the call works on
    denied = 3,         ///< the handle lacks a right that the call needs
    bad_argument = 4,   ///< a number, flag or range that the call does not take
    bad_address = 5,    ///< unaligned, outside user space, or overlapping what is mapped
    no_memory = 6,      ///< the paying budget, or the machine, has no frames left
    no_slots = 7,       ///< the receiver has not reserved room for the message's handles
    not_found = 8,      ///< nothing there under that name or address
    exists = 9,         ///< there is something under that name or address already
    closed = 10,        ///< the endpoint's last receive right is gone
    interrupted = 11,   ///< the server ended while it worked on the call: it may have happened
    dropped = 12,       ///< the server gave up the reply right without replying
    caller_gone = 13,   ///< the caller no longer waits for this reply
    timed_out = 14,     ///< the deadline passed first
    cancelled = 15,     ///< the wait was ended by another thread
    would_wait = 16,    ///< a poll found nothing
    unknown_call = 17,  ///< no system call, or no message of the protocol, has this number
    wrong_state = 18,   ///< the object is not in a state in which the call makes sense
    bad_format = 19,    ///< foreign data (an ELF file, an archive, a table) contradicts its format
    unsupported = 20,   ///< well formed, but of a kind that this system does not handle
    end_of_data = 21,   ///< the data ends before the structure does
    too_large = 22,     ///< larger than the limit that is documented for it
    is_directory = 23,  ///< a file was needed
    not_directory = 24, ///< a directory was needed
    read_only = 25,     ///< the file system or object cannot be changed
    input_output = 26,  ///< the device reported an error
    revoked = 27,       ///< the capability the call was made through was revoked
    no_space = 28,      ///< the file system, or the share of it that the caller has, is full
    not_empty = 29,     ///< a directory that is to go still holds something
    is_link = 30,       ///< a symbolic link stands in the way, which whoever asked has to follow
    too_many_links =
        31,    ///< symbolic links that lead round in a circle, or more hard links than can be counted
    busy = 32, ///< it is in use
    lost = 33, ///< the server ended before what was written was safe: that may be gone
};

/// A short text in plain words, without a full stop: "no memory".
constexpr std::string_view describe(Error error) {
    switch (error) {
    case Error::bad_handle: return "bad handle";
    case Error::wrong_kind: return "wrong kind of object";
    case Error::denied: return "permission denied";
    case Error::bad_argument: return "bad argument";
    case Error::bad_address: return "bad address";
    case Error::no_memory: return "no memory";
    case Error::no_slots: return "no room for handles";
    case Error::not_found: return "not found";
    case Error::exists: return "exists already";
    case Error::closed: return "closed";
    case Error::interrupted: return "interrupted";
    case Error::dropped: return "dropped without a reply";
    case Error::caller_gone: return "caller gone";
    case Error::timed_out: return "timed out";
    case Error::cancelled: return "cancelled";
    case Error::would_wait: return "would wait";
    case Error::unknown_call: return "unknown call";
    case Error::wrong_state: return "wrong state";
    case Error::bad_format: return "bad format";
    case Error::unsupported: return "unsupported";
    case Error::end_of_data: return "data ends too early";
    case Error::too_large: return "too large";
    case Error::is_directory: return "is a directory";
    case Error::not_directory: return "not a directory";
    case Error::read_only: return "read-only";
    case Error::input_output: return "input/output error";
    case Error::revoked: return "revoked";
    case Error::no_space: return "no space left";
    case Error::not_empty: return "directory not empty";
    case Error::is_link: return "is a symbolic link";
    case Error::too_many_links: return "too many links";
    case Error::busy: return "in use";
    case Error::lost: return "what was written before may be lost";
    }
    return "unknown error"; // a number that came from outside this build
}

} // namespace pith
