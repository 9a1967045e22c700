#include "servers/fat/nodes.h"

namespace pith::fat {

Node* Nodes::find(Number number) {
    const auto found = nodes_.find(number.raw);
    return found == nodes_.end() ? nullptr : &found->second;
}

Nodes::Number Nodes::number_at(u64 place) const {
    const auto found = elsewhere_.find(place);
    return Number{found == elsewhere_.end() ? natural(place) : found->second};
}

std::optional<u64> Nodes::place_of(Number number) const {
    const u64 place = number.raw * entry_bytes;
    if (elsewhere_.contains(place)) return std::nullopt;
    return place;
}

void Nodes::opened(Number number, u64 place, u32 generation) {
    Node& node = nodes_[number.raw];
    if (node.open++ > 0) return;
    node.place = place;
    node.generation = generation;
}

void Nodes::put_elsewhere(u64 place, u64 number) {
    if (natural(place) != number) elsewhere_[place] = number;
}

void Nodes::moved(u64 from, u64 to) {
    const Number number = number_at(from);
    elsewhere_.erase(from);
    if (Node* const node = find(number)) {
        node->place = to;
        put_elsewhere(to, number.raw);
        drop_if_unused(number.raw);
        return;
    }
    if (!is_held(to)) return;
    // Whoever has this place's number is open and keeps it: the newcomer gets one that is no place's.
    const u64 made_up = unused_number();
    nodes_[made_up].place = to;
    elsewhere_[to] = made_up;
}

u64 Nodes::unused_number() const {
    u64 number = proto::file::root.raw + 1;
    while (nodes_.contains(number))
        ++number;
    return number;
}

Result<> Nodes::may_move_to(u64 place) const {
    if (is_held(place) && unused_number() >= limit_) return fail(Error::busy);
    return {};
}

bool Nodes::lost_name(u64 place, const Entry& entry) {
    const u64 number = number_at(place).raw;
    elsewhere_.erase(place);
    const auto found = nodes_.find(number);
    if (found == nodes_.end()) return false;
    if (found->second.open == 0) {
        nodes_.erase(found);
        return false;
    }
    found->second.place = 0;
    found->second.entry = entry;
    return true;
}

/// What is not open is kept only while its place's own number is another one's.
void Nodes::drop_if_unused(u64 number) {
    const auto found = nodes_.find(number);
    if (found == nodes_.end() || found->second.open != 0) return;
    const u64 place = found->second.place;
    if (place != 0 && natural(place) != number && nodes_.contains(natural(place))) return;
    if (place != 0) elsewhere_.erase(place);
    nodes_.erase(found);
    // Somebody may have waited for this number.
    if (const auto other = elsewhere_.find(number * entry_bytes); other != elsewhere_.end())
        drop_if_unused(other->second);
}

std::optional<Node> Nodes::closed(Number number) {
    const auto found = nodes_.find(number.raw);
    if (found == nodes_.end() || found->second.open == 0 || --found->second.open > 0) return std::nullopt;
    std::optional<Node> last;
    if (!found->second.has_name()) last = found->second;
    drop_if_unused(number.raw);
    return last;
}

} // namespace pith::fat
