#pragma once

#include "base/environment.h"
#include "handed.h"
#include "report.h"

namespace pith::conformance {

void check_header(Report& report);
void check_map(Report& report);
void check_memory_in_use(Report& report);
void check_mappings(Report& report);
void check_environment(Report& report);
void check_initrd(Report& report);
void check_acpi(Report& report);
void check_cores(Report& report);
void check_framebuffer(Report& report);

inline Environment handed_environment() { return Environment{{environment, page_size}}; }
/// What the environment expects under this key, if it does.
std::optional<u64> expected_number(std::string_view key);

/// Reads memory, whatever the compiler thinks it knows about it.
template <class T>
T look(const T& value) {
    return *static_cast<const volatile T*>(&value);
}

} // namespace pith::conformance
