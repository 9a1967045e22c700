#include "tests/model/invariants.h"

#include <algorithm>

/// Who paid for what: counted anew from the objects, to the frame.
namespace pith::model {

namespace {

/// A set of numbers, kept from step to step so that it costs no memory.
class Pages {
  public:
    void clear() { found_.clear(); }
    void add(u64 page) { found_.push_back(page); }
    [[nodiscard]] u64 distinct() {
        std::ranges::sort(found_,
                          [](u64 a, u64 b) { return a < b; }); // libc++ keeps the plain one in its library
        return static_cast<u64>(std::ranges::unique(found_).begin() - found_.begin());
    }

  private:
    std::vector<u64> found_;
};

u64 page_of(const void* object) { return std::bit_cast<u64>(object) / page_size; }

/// Whether it may show only a part of its pages: some of it is just being mapped, or taken away.
bool is_partial(Process& process, const Mapping& mapping) {
    return mapping.range.count.raw > AddressSpace::slice && (process.space().busy() || process.ended);
}

/// Tables that pages of one size need, from there on.
void add_tables(Pages& tables, VirtAddr start, VirtAddr end, PageSize size) {
    const u64 last = end.raw - 1;
    for (unsigned level = static_cast<unsigned>(size) + 1; level <= top_level; ++level)
        for (u64 entry = start.raw / span_of(level); entry <= last / span_of(level); ++entry)
            tables.add(u64{level} << 60 | entry);
}

/// Tables that a process's mappings need.
u64 table_frames(Process& process, Pages& tables) {
    tables.clear();
    for (const Mapping& mapping : Inspector::mappings(process.space())) {
        if (!mapping.memory) continue;
        if (!is_partial(process, mapping) && !mapping.memory->has_pieces()) {
            add_tables(tables, mapping.range.start, mapping.range.end(), PageSize::small);
            continue;
        }
        for (VirtAddr page = mapping.range.start; page < mapping.range.end(); page = page + page_size)
            if (const auto seen = process.space().query(page))
                add_tables(tables, page, page + page_size, seen->size);
    }
    return 1 + tables.distinct();
}

struct Sums {
    std::vector<u64> used{}; ///< by the budget's number
    std::vector<u64> objects{};
    void clear(std::size_t size) {
        used.assign(size, 0);
        objects.assign(size, 0);
    }
};

void add_object(Sums& sums, const Census& census, Object& object, Pages& slabs, Pages& tables) {
    Budget* payer = Inspector::payer(object);
    if (!payer) return;
    const u32 budget = census.number(payer);
    slabs.add(page_of(&object));
    ++sums.objects[budget];
    switch (object.kind()) {
    case abi::Kind::budget: break; // charged to its lender: add_shares
    case abi::Kind::process: {
        auto& process = static_cast<Process&>(object);
        sums.used[budget] += table_frames(process, tables) + Inspector::frames(process.handles());
        sums.used[budget] += Inspector::ports(process.space()).exists() ? PortTable::frames : 0;
        for (const Mapping& mapping : Inspector::mappings(process.space())) {
            slabs.add(page_of(&mapping));
            ++sums.objects[budget];
        }
        break;
    }
    case abi::Kind::thread: sums.used[budget] += 1; break; // vector state
    case abi::Kind::memory:
        if (Inspector::is_anonymous(static_cast<Memory&>(object)))
            sums.used[budget] += Inspector::frames(static_cast<Memory&>(object));
        break;
    case abi::Kind::queue: sums.used[budget] += Inspector::frames(static_cast<Queue&>(object)); break;
    case abi::Kind::dma_domain: {
        const auto& domain = static_cast<DmaDomain&>(object);
        if (Inspector::table(domain)) sums.used[budget] += Inspector::table(domain)->frames();
        Inspector::each_mapping(domain, [&](const DmaMapping& mapping) {
            slabs.add(page_of(&mapping));
            ++sums.objects[budget];
        });
        break;
    }
    case abi::Kind::none:
    case abi::Kind::timer:
    case abi::Kind::endpoint:
    case abi::Kind::reply:
    case abi::Kind::notification:
    case abi::Kind::interrupt:
    case abi::Kind::io_ports:
    case abi::Kind::system: break;
    }
}

/// What an account has lent is what the limits of the others add up to; a closed one keeps no more than it
/// uses.
void add_shares(Findings& findings, Sums& sums, const Census& census) {
    census.each<Budget>([&](Budget& lender) {
        u64 lent = 0;
        census.each<Budget>([&](Budget& budget) {
            if (budget.account().lender() == &lender.account()) lent += budget.account().limit().raw;
        });
        findings.expect(lender.account().reserved().raw == lent, "a share that nobody has");
        sums.used[census.number(&lender)] += lent;
        const bool has_surplus = lender.closed() && lender.account().available().raw > 0;
        findings.expect(lender.account().has_surplus() == has_surplus,
                        "a budget that has ended keeps frames");
    });
}

u64 objects_paid(const Budget& budget) {
    return Inspector::objects_paid<Budget>(budget) + Inspector::objects_paid<Process>(budget) +
           Inspector::objects_paid<Thread>(budget) + Inspector::objects_paid<Endpoint>(budget) +
           Inspector::objects_paid<Reply>(budget) + Inspector::objects_paid<Notification>(budget) +
           Inspector::objects_paid<Memory>(budget) + Inspector::objects_paid<Interrupt>(budget) +
           Inspector::objects_paid<IoPorts>(budget) + Inspector::objects_paid<System>(budget) +
           Inspector::objects_paid<Mapping>(budget) + Inspector::objects_paid<Badge>(budget) +
           Inspector::objects_paid<Queue>(budget) + Inspector::objects_paid<DmaDomain>(budget) +
           Inspector::objects_paid<DmaMapping>(budget) + Inspector::objects_paid<Timer>(budget);
}

} // namespace

void check_frames(Findings& findings, const Census& census, Kernel& kernel) {
    static Pages slabs, tables;
    static Sums sums;
    sums.clear(census.entries().size());
    slabs.clear();
    for (const Census::Entry& entry : census.entries())
        add_object(sums, census, *entry.object, slabs, tables);
    for (const Census::Carried& carried : census.badges()) {
        slabs.add(page_of(carried.badge));
        ++sums.objects[census.number(Inspector::payer(*carried.badge))];
    }
    add_shares(findings, sums, census);
    // Frames of slabs belong to the payers of the objects in them; the sum over all is what can be counted.
    u64 expected = slabs.distinct(), charged = 0;
    census.each<Budget>([&](Budget& budget) {
        const u32 number = census.number(&budget);
        const Account& account = budget.account();
        findings.expect(account.used() <= account.limit(), "a budget beyond its limit");
        findings.expect(objects_paid(budget) == sums.objects[number], "an object that nobody can reach");
        findings.expect(account.used().raw >= sums.used[number], "something that nobody paid for");
        expected += sums.used[number];
        charged += account.used().raw;
    });
    findings.expect(charged >= expected, "frames that nobody paid for");
    findings.expect(charged <= expected, "frames are charged that nobody has");
    u64 shares = 0; // of children, charged to their parents as a whole
    census.each<Budget>([&](Budget& budget) {
        if (Inspector::payer(budget)) shares += budget.account().limit().raw;
    });
    // What boot took is in nobody's budget.
    findings.expect((kernel.root_budget().account().limit() - kernel.frames().statistics().free).raw ==
                        charged - shares,
                    "frames in use that nobody is charged for");
}

namespace {

/// What a simulated core remembers of its address space is so, or it is about to forget it. The real one
/// tells nobody.
template <class L>
void check_known_by(Findings& findings, const Core& core, const L& local) {
    if constexpr (requires { local.known; }) {
        findings.expect(core.current || local.known_count == 0, "a core that runs nothing knows pages");
        for (u32 i = 0; core.current && i < local.known_count; ++i) {
            const auto found = core.current->process().space().query(local.known[i].page);
            findings.expect(core.shall_flush || (found && found->address == local.known[i].frame),
                            "a core knows a page that is no longer there");
        }
    }
}

} // namespace

void check_known(Findings& findings, Kernel& kernel) {
    for (u32 i = 0; i < kernel.core_count(); ++i)
        check_known_by(findings, kernel.core(i), kernel.core(i).local);
}

void check_mappings(Findings& findings, const Census& census) {
    constexpr abi::Rights writable_code = abi::rights::memory::write | abi::rights::memory::execute;
    census.each<Process>([&](Process& process) {
        VirtAddr free{};
        for (const Mapping& mapping : Inspector::mappings(process.space())) {
            findings.expect(mapping.range.start >= free, "mappings overlap");
            findings.expect(mapping.view.allowed.has(mapping.access()), "access beyond what was allowed");
            findings.expect(!mapping.access().has(writable_code), "writable code");
            const bool writes = mapping.access().has(abi::rights::memory::write);
            findings.expect(!mapping.memory || !writes || !mapping.memory->sealed,
                            "sealed memory is written to");
            findings.expect(!mapping.memory || !writes || mapping.memory->writable > 0,
                            "a writer is not counted");
            for (u64 page = 0; page < mapping.range.count.raw; ++page) {
                const auto seen = process.space().query(mapping.range.start + pages(page));
                if (!mapping.memory || page < mapping.lost.raw) {
                    findings.expect(!seen, "a page of an object that has ended");
                    continue;
                }
                if (!seen && is_partial(process, mapping)) continue;
                findings.expect(seen && seen->address == mapping.memory->frame(mapping.offset.raw + page) &&
                                    (seen->protection == *protection_for(mapping.access()) ||
                                     is_partial(process, mapping)),
                                "a page that its mapping does not tell");
            }
            free = mapping.range.end();
        }
    });
}

} // namespace pith::model
