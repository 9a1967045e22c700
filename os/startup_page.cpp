#include "os/startup_page.h"

#include "abi/syscalls.h"

#include <algorithm>

namespace pith::os {

StartupPage::StartupPage(abi::Startup& page, u64 features) : page_{page} {
    page_.version = abi::version;
    page_.features = features;
    page_.message_buffer = abi::first_message_buffer;
}

Result<> StartupPage::add_grant(std::string_view name, abi::Handle handle) {
    if (page_.grant_count == page_.grants.size()) return fail(Error::too_large);
    abi::Grant& grant = page_.grants[page_.grant_count];
    if (name.empty() || name.size() >= grant.name.size()) return fail(Error::bad_argument);
    std::ranges::copy(name, grant.name.begin());
    grant.handle = handle;
    ++page_.grant_count;
    return {};
}

Result<> StartupPage::add_argument(std::string_view argument) {
    const std::span<char> to = room();
    if (argument.size() >= to.size()) return fail(Error::too_large);
    if (argument.contains('\0')) return fail(Error::bad_argument);
    std::ranges::copy(argument, to.begin());
    to[argument.size()] = '\0';
    page_.text_length += argument.size() + 1;
    ++page_.argument_count;
    return {};
}

void StartupPage::set_environment(std::string_view environment) {
    const std::span<char> to = room();
    if (environment.size() > to.size()) {
        environment = environment.substr(0, to.size());
        environment = environment.substr(0, environment.rfind('\n') + 1);
    }
    std::ranges::copy(environment, to.begin());
    page_.text_length += environment.size();
}

} // namespace pith::os
