#include "base_samples.h"

#include <cstdio>
#include <cstring>

namespace pith::samples {

Buffer prefix_of(const Buffer& whole, std::size_t size) {
    Buffer part{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)};
    part.shrink_to_fit();
    return part;
}

Buffer damaged(const Buffer& whole, Random& random) {
    Buffer copy = whole;
    for (u64 i = random.below(8) + 1; i > 0; --i) {
        std::byte& b = copy.at(random.below(copy.size()));
        b = random.below(4) == 0 ? static_cast<std::byte>(random.next())
                                 : b ^ (std::byte{1} << random.below(8));
    }
    return copy;
}

void put(Buffer& to, std::string_view text) {
    for (const char c : text)
        to.push_back(static_cast<std::byte>(c));
}

namespace {

void pad(Buffer& to, std::size_t alignment) {
    while (to.size() % alignment != 0)
        to.push_back(std::byte{0});
}

void put_section(Buffer& to, u32 type, u64 offset, u64 size, u32 link, u64 entry_size) {
    put_number<u32>(to, 0);
    put_number<u32>(to, type);
    put_number<u64>(to, 0);
    put_number<u64>(to, 0);
    put_number<u64>(to, offset);
    put_number<u64>(to, size);
    put_number<u32>(to, link);
    put_number<u32>(to, 0);
    put_number<u64>(to, 1);
    put_number<u64>(to, entry_size);
}

void put_header(Buffer& to, u64 entry, std::size_t segments, u64 sections) {
    put(to, "\x7f"
            "ELF");
    put(to, std::string_view{"\2\1\1\0\0\0\0\0\0\0\0\0", 12});
    put_number<u16>(to, 2);
    put_number<u16>(to, 62);
    put_number<u32>(to, 1);
    put_number<u64>(to, entry);
    put_number<u64>(to, 64);
    put_number<u64>(to, sections);
    put_number<u32>(to, 0);
    put_number<u16>(to, 64);
    put_number<u16>(to, 56);
    put_number<u16>(to, static_cast<u16>(segments));
    put_number<u16>(to, 64);
    put_number<u16>(to, 3);
    put_number<u16>(to, 0);
}

std::string formatted(const char* format, u64 value) {
    char text[32];
    std::snprintf(text, sizeof text, format, static_cast<unsigned long long>(value));
    return text;
}

} // namespace

Buffer elf(u64 entry, const std::vector<Segment>& segments, const std::vector<Symbol>& symbols,
           std::size_t size) {
    Buffer names{std::byte{0}};
    Buffer table(24);
    for (const Symbol& symbol : symbols) {
        put_number<u32>(table, static_cast<u32>(names.size()));
        put_number<u8>(table, symbol.type);
        put_number<u8>(table, 0);
        put_number<u16>(table, symbol.section);
        put_number<u64>(table, symbol.value);
        put_number<u64>(table, symbol.size);
        put(names, symbol.name);
        put_number<u8>(names, 0);
    }
    Buffer file;
    put_header(file, entry, segments.size(), size + table.size() + names.size());
    for (const Segment& segment : segments) {
        put_number<u32>(file, segment.type);
        put_number<u32>(file, segment.flags);
        put_number<u64>(file, segment.offset);
        put_number<u64>(file, segment.address);
        put_number<u64>(file, segment.address);
        put_number<u64>(file, segment.file_size);
        put_number<u64>(file, segment.memory_size);
        put_number<u64>(file, segment.alignment);
    }
    for (std::size_t i = file.size(); i < size; ++i)
        file.push_back(static_cast<std::byte>(i / 256));
    file.insert(file.end(), table.begin(), table.end());
    file.insert(file.end(), names.begin(), names.end());
    put_section(file, 0, 0, 0, 0, 0);
    put_section(file, 2, size, table.size(), 2, 24);
    put_section(file, 3, size + table.size(), names.size(), 0, 0);
    return file;
}

std::vector<Segment> program_segments() {
    return {{.flags = 5, .offset = 0x1000, .address = 0x40'0000, .file_size = 0x800, .memory_size = 0x800},
            {.flags = 4, .offset = 0x1800, .address = 0x40'1800, .file_size = 0x100, .memory_size = 0x100},
            {.flags = 6, .offset = 0x2000, .address = 0x40'2000, .file_size = 0x10, .memory_size = 0x5000}};
}
std::vector<Symbol> program_symbols() {
    return {{.name = "_start", .value = 0x40'0010, .size = 0x20},
            {.name = "work", .value = 0x40'0040, .size = 0x100},
            {.name = "limit", .value = 1024, .section = 0xfff1, .type = 0}};
}
Buffer program() { return elf(0x40'0010, program_segments(), program_symbols()); }

std::vector<Member> tree() {
    return {{.name = "sys/", .content = "", .type = '5'},
            {.name = "sys/core", .content = std::string(1000, 'k')},
            {.name = "sys/config", .content = "a=1\n"},
            {.name = "sys/link", .content = "", .type = '2'},
            {.name = "empty", .content = ""}};
}

void fix_tar_checksum(Buffer& archive, std::size_t at) {
    for (std::size_t i = 148; i < 156; ++i)
        archive.at(at + i) = std::byte{' '};
    u64 sum = 0;
    for (std::size_t i = 0; i < 512; ++i)
        sum += std::to_integer<u64>(archive.at(at + i));
    const std::string text = formatted("%06llo", sum);
    std::memcpy(&archive.at(at + 148), text.c_str(), 7);
}

Buffer tar(const std::vector<Member>& members, bool gnu, bool end_mark) {
    Buffer archive;
    for (const Member& member : members) {
        const std::size_t at = archive.size();
        archive.resize(at + 512);
        const auto set = [&](std::size_t offset, std::string_view text) {
            if (!text.empty()) std::memcpy(&archive.at(at + offset), text.data(), text.size());
        };
        set(0, std::string_view{member.name}.substr(0, 100));
        set(100, "0000644");
        set(124, formatted("%011llo", member.content.size()));
        archive.at(at + 156) = static_cast<std::byte>(member.type);
        set(257, gnu ? std::string_view{"ustar  \0", 8}
                     : std::string_view{"ustar\0"
                                        "00",
                                        8});
        set(345, member.prefix);
        fix_tar_checksum(archive, at);
        put(archive, member.content);
        pad(archive, 512);
    }
    if (end_mark) archive.resize(archive.size() + 1024);
    return archive;
}

Buffer cpio(const std::vector<Member>& members, std::string_view magic, bool capitals) {
    Buffer archive;
    const bool octal = magic == "070707";
    std::vector<Member> all = members;
    all.push_back({.name = "TRAILER!!!", .content = ""});
    for (const Member& member : all) {
        const u64 mode = member.type == '5' ? 0040755 : member.type == '2' ? 0120777 : 0100644;
        u64 sum = 0;
        for (const char c : member.content)
            sum += static_cast<u8>(c);
        put(archive, magic);
        if (octal) {
            const u64 before[] = {0, 1, mode, 0, 0, 1, 0};
            for (const u64 value : before)
                put(archive, formatted("%06llo", value));
            put(archive, formatted("%011llo", 0));
            put(archive, formatted("%06llo", member.name.size() + 1));
            put(archive, formatted("%011llo", member.content.size()));
        } else {
            const u64 fields[] = {0xabc,
                                  mode,
                                  0,
                                  0,
                                  1,
                                  0,
                                  member.content.size(),
                                  0,
                                  0,
                                  0,
                                  0,
                                  member.name.size() + 1,
                                  magic == "070702" ? sum : 0};
            for (const u64 value : fields)
                put(archive, formatted(capitals ? "%08llX" : "%08llx", value));
        }
        put(archive, member.name);
        put_number<u8>(archive, 0);
        if (!octal) pad(archive, 4);
        put(archive, member.content);
        if (!octal) pad(archive, 4);
    }
    return archive;
}

Buffer psf1(u8 height, bool table) {
    Buffer font;
    put_number<u16>(font, 0x0436);
    put_number<u8>(font, table ? 2 : 0);
    put_number<u8>(font, height);
    for (u32 glyph = 0; glyph < 256; ++glyph)
        for (u32 y = 0; y < height; ++y)
            put_number<u8>(font, static_cast<u8>(glyph));
    for (u32 glyph = 0; table && glyph < 256; ++glyph) {
        put_number<u16>(font, static_cast<u16>(0x2500 + glyph));
        put_number<u16>(font, 0xfffe);
        put_number<u16>(font, 0x41);
        put_number<u16>(font, 0xffff);
    }
    return font;
}

Buffer psf2(u32 width, u32 height, u32 glyphs, bool table) {
    const u32 line = (width + 7) / 8;
    Buffer font;
    for (const u32 value : {0x864ab572u, 0u, 32u, table ? 1u : 0u, glyphs, line * height, height, width})
        put_number<u32>(font, value);
    for (u32 glyph = 0; glyph < glyphs; ++glyph)
        for (u32 i = 0; i < line * height; ++i)
            put_number<u8>(font, static_cast<u8>(glyph));
    for (u32 glyph = 0; table && glyph < glyphs; ++glyph) {
        // Alternately a letter and a box-drawing character, with a sequence behind.
        if (glyph % 2 == 0)
            put_number<u8>(font, static_cast<u8>('A' + glyph % 26));
        else
            put(font, glyph == 1 ? "\xe2\x94\x82" : "\xc3\xa4");
        put(font, "\xfe"
                  "Z\xff");
    }
    return font;
}

} // namespace pith::samples
