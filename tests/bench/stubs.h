#pragma once

#include "base/types.h"

/// The measured paths, as short as a program can write them: stubs.S.
extern "C" {
pith::u64 bench_calls(pith::u64 handle, pith::u64 count, pith::u64 tag);
[[noreturn]] void bench_serve(pith::u64 handle, pith::u64 tag);
[[noreturn]] void bench_serve_stamped(pith::u64 handle, pith::u64 tag);
[[noreturn]] void bench_serve_with_sse(pith::u64 handle, pith::u64 tag);
pith::u64 bench_there(pith::u64 handle, pith::u64 tag);
pith::u64 bench_back(pith::u64 handle, pith::u64 tag);
pith::u64 bench_plain(pith::u64 number, pith::u64 count, const pith::u64* arguments);
[[noreturn]] void bench_signal(pith::u64 notification, pith::u64 number);
pith::u64 bench_wait(pith::u64 notification, pith::u64 number);
[[noreturn]] void bench_fault();
[[noreturn]] void bench_foreign(pith::u64 number);
void bench_foreign_again();
pith::u64 bench_fault_there(pith::u64 endpoint, pith::u64 at, pith::u64 advance);
pith::u64 bench_fault_and_back(pith::u64 endpoint, pith::u64 at, pith::u64 advance);
[[noreturn]] void bench_raise(volatile pith::u32* shared, volatile pith::u32* device);
pith::u64 bench_wait_for_interrupt(pith::u64 notification, pith::u64 number, volatile pith::u32* shared);
pith::u64 bench_open();
pith::u64 bench_close();
void bench_row_done();
void bench_exit();
[[noreturn]] void bench_spin();
[[noreturn]] void bench_spin_and_count(volatile pith::u64* count);
}
