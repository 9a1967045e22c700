#pragma once

#include "bare.h"
#include "proto/program.h"

namespace pith::attacks {

/// Prints a line for each attack: PASS if it was fended off, its partner still answers, and every frame is
/// back.
class Driver {
  public:
    /// `filter`: only attacks whose names begin so.
    [[nodiscard]] static Result<Driver> create(os::Start& start, std::string_view filter);

    [[nodiscard]] bool wants(std::string_view name) const { return name.starts_with(filter_); }
    /// Judges: `failure` is empty where the attack itself was fended off.
    void report(std::string_view name, std::string_view failure);
    /// Runs machine code; it has to end as the mask says.
    void probe(std::string_view name, std::span<const std::byte> code, u64 argument, u64 mask,
               Bare::Place place = {});

    [[nodiscard]] const os::Endpoint& partner() const { return partner_; }
    [[nodiscard]] Bare& bare() { return bare_; }
    [[nodiscard]] const Processor& processor() const { return processor_; }
    [[nodiscard]] bool partner_answers() const;
    /// Starts this program again, as `role`, and pays with `frames`.
    [[nodiscard]] Result<os::Process> start(std::string_view role, const os::Budget& budget,
                                            const os::Endpoint& endpoint) const;
    [[nodiscard]] int failures() const { return failures_; }
    void print_sum() const;

    Driver(const Driver&) = delete;
    Driver(Driver&&) = default;
    /// Its partner does not outlive it.
    ~Driver() {
        if (partner_process_) static_cast<void>(partner_process_.kill());
    }

  private:
    Driver(proto::Terminal terminal, proto::LoadedFile image, Bare bare, std::string_view filter)
        : terminal_{std::move(terminal)},
          image_{std::move(image)},
          bare_{std::move(bare)},
          filter_{filter},
          processor_{Processor::ask()} {}
    [[nodiscard]] Result<> start_partner();
    [[nodiscard]] bool frames_are_back() const;
    [[nodiscard]] u64 frames_used() const;

    proto::Terminal terminal_;
    proto::LoadedFile image_;
    Bare bare_;
    std::string_view filter_;
    Processor processor_;
    os::Endpoint partner_;
    os::Budget partner_budget_;
    os::Process partner_process_;
    u64 baseline_ = 0;
    int passed_ = 0;
    int failures_ = 0;
};

// The attacks that are machine code.
void attack_by_instructions(Driver& driver); ///< processor.cpp
void attack_by_vectors(Driver& driver);
void attack_by_ports(Driver& driver);
void attack_by_msrs(Driver& driver);
void attack_by_addresses(Driver& driver); ///< addresses.cpp
void attack_by_stack_pointers(Driver& driver);
void attack_by_bases(Driver& driver);
/// Those that are programs: each in a child (children.cpp).
void attack_by_programs(Driver& driver);
[[nodiscard]] u64 run_child(std::string_view name, os::Endpoint partner);
[[nodiscard]] int run_partner(os::Endpoint endpoint);

} // namespace pith::attacks
