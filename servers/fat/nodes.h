#pragma once

#include "proto/file_badge.h"
#include "servers/fat/file_data.h"

#include <map>
#include <optional>

namespace pith::fat {

/// A file or directory that is known by its number: open, or in the place of one that is.
struct Node {
    u64 open = 0;
    u64 place = 0; ///< of its entry on the disk; 0: it has no name any more
    Entry entry{}; ///< of what has no name
    u32 generation = 0;
    Position at{};

    [[nodiscard]] bool has_name() const { return place != 0; }
};

/// Which number stands for which entry. That is where the entry lies, in units of its size, as long as
/// nothing that is open was moved or lost its name: that keeps its number, and nobody else gets it meanwhile.
class Nodes {
  public:
    using Number = proto::file::Inode;
    /// Numbers below `limit` are no place's.
    explicit Nodes(u64 limit) : limit_{limit} {}

    [[nodiscard]] Node* find(Number number);
    /// The number of what has its entry there.
    [[nodiscard]] Number number_at(u64 place) const;
    /// Where the entry of a number lies that is not known otherwise; nothing where another one's lies there.
    [[nodiscard]] std::optional<u64> place_of(Number number) const;
    [[nodiscard]] bool is_held(u64 place) const { return nodes_.contains(natural(place)); }

    void opened(Number number, u64 place, u32 generation);
    /// The node, if that was the last capability to something without a name.
    [[nodiscard]] std::optional<Node> closed(Number number);
    /// `busy` where whatever goes to this place could get no number.
    [[nodiscard]] Result<> may_move_to(u64 place) const;
    void moved(u64 from, u64 to);
    /// Whether anybody has it open still; then it keeps `entry`.
    [[nodiscard]] bool lost_name(u64 place, const Entry& entry);

  private:
    [[nodiscard]] static u64 natural(u64 place) { return place / entry_bytes; }
    [[nodiscard]] u64 unused_number() const;
    void put_elsewhere(u64 place, u64 number);
    void drop_if_unused(u64 number);

    u64 limit_;
    std::map<u64, Node> nodes_;
    std::map<u64, u64> elsewhere_; ///< by place: the number of what is there, if it is not the natural one
};

} // namespace pith::fat
