// attack [PREFIX]: tries to break out of a process, in every way that is known here, and prints a line for
// each.
#include "driver.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const std::string_view role = start.argument(1).value_or("");
    if (auto endpoint = start.take<os::Endpoint>("endpoint")) { // a child
        if (role == "partner") return attacks::run_partner(*std::move(endpoint));
        os::exit(attacks::run_child(role, *std::move(endpoint)));
    }
    auto driver = TRY(attacks::Driver::create(start, role));
    attacks::attack_by_instructions(driver);
    attacks::attack_by_vectors(driver);
    attacks::attack_by_msrs(driver);
    attacks::attack_by_addresses(driver);
    attacks::attack_by_stack_pointers(driver);
    attacks::attack_by_bases(driver);
    attacks::attack_by_programs(driver);
    attacks::attack_by_ports(driver);
    driver.print_sum();
    return driver.failures() > 125 ? 125 : driver.failures();
}
