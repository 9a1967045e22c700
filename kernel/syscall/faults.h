#pragma once

#include "base/result.h"
#include "kernel/object/thread.h"

namespace pith::kernel {

class Core;
class Kernel;

/// Why a faulted thread cannot go on, as its process's reason to end.
[[nodiscard]] struct ExitReason fault_of(const Thread& thread);

/// A faulted thread's message, to who receives on the handler's endpoint. Takes the place of
/// transfer_message.
[[nodiscard]] Result<> deliver_fault(const Thread& from, Thread& to, u64 badge);
/// What the handler answers, to the faulted thread. `bad_argument`, `bad_address`: it cannot be followed.
[[nodiscard]] Result<> take_answer(const Thread& from, Thread& to);
/// The ordinary case of an answer by `reply_and_receive`, to a caller that has faulted: nothing else has
/// come, and that thread goes on at once. As in fast_path.cpp: if a check fails, nothing has changed, and it
/// is false.
[[nodiscard]] bool answer_directly(Kernel& kernel, Core& core);

} // namespace pith::kernel
