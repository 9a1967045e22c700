// treetest DIRECTORY FILES MEBIBYTES: writes so many small files and a large one below a directory, reads
// them back and removes them; then the file system has as much room as before. Prints a line "PASS name" or
// "FAIL name" for each check; the status is the number of failures.
#include "base/number.h"
#include "base/text.h"
#include "proto/file_window.h"
#include "proto/program.h"
#include "tests/system/checks/test.h"

#include <algorithm>

using namespace pith;

namespace {

namespace file = proto::file;
namespace flags = proto::file::open_flags;

constexpr u64 files_in_directory = 100;
constexpr PageCount window = pages(256);

class Tree {
  public:
    Tree(const proto::FileSpace& files, std::string_view root, u64 count)
        : files_{files}, root_{root}, count_{count} {}

    Result<> write() const {
        TRY(files_.make_directory(root_));
        for (u64 i = 0; i < count_; ++i) {
            if (i % files_in_directory == 0) TRY(files_.make_directory(directory(i)));
            const auto made = TRY(files_.open(path(i), flags::write | flags::create | flags::exclusive));
            TRY(made.client.call(content(i)));
        }
        return {};
    }
    [[nodiscard]] Result<bool> holds() const {
        for (u64 i = 0; i < count_; ++i) {
            const auto opened = TRY(files_.open(path(i)));
            const auto read = TRY(opened.client.call(file::Read{.offset = 0, .length = 480}));
            if (read.bytes.view() != content(i).bytes.view()) return false;
        }
        return true;
    }
    Result<> remove() const {
        for (u64 i = 0; i < count_; ++i) {
            TRY(files_.remove(path(i), file::Kind::file));
            if (i % files_in_directory == files_in_directory - 1 || i + 1 == count_)
                TRY(files_.remove(directory(i), file::Kind::directory));
        }
        return files_.remove(root_, file::Kind::directory);
    }

  private:
    [[nodiscard]] std::string directory(u64 i) const {
        return std::string{Text<200>{}.format("{}/directory-{}", root_, i / files_in_directory).view()};
    }
    [[nodiscard]] std::string path(u64 i) const {
        return std::string{
            Text<240>{}.format("{}/directory-{}/file-{}", root_, i / files_in_directory, i).view()};
    }
    [[nodiscard]] static file::Write content(u64 i) {
        file::Write message;
        message.offset = 0;
        message.bytes.put(std::string(i % message.bytes.capacity, static_cast<char>('a' + i % 26)));
        return message;
    }

    const proto::FileSpace& files_;
    std::string_view root_;
    u64 count_;
};

/// A file of so many windows, each of which holds other numbers.
class LargeFile {
  public:
    static Result<LargeFile> create(const proto::FileSpace& files, std::string_view path) {
        const auto memory = TRY(os::Memory::create(window));
        auto mapping =
            TRY(os::Mapping::whole(memory, abi::rights::memory::read | abi::rights::memory::write));
        auto made = TRY(files.open(path, flags::read | flags::write | flags::create | flags::exclusive));
        return LargeFile{std::move(mapping), TRY(proto::FileWindow::open(std::move(made), memory))};
    }
    Result<> write(u64 count) {
        for (u64 i = 0; i < count; ++i) {
            for (u64 n = 0; u64 & word : words())
                word = number(i, n++);
            if (TRY(file_.write(i * window.bytes(), window.bytes())) != window.bytes())
                return fail(Error::no_space);
        }
        return {};
    }
    Result<bool> holds(u64 count) {
        for (u64 i = 0; i < count; ++i) {
            std::ranges::fill(words(), 0);
            if (TRY(file_.read(i * window.bytes(), window.bytes())) != window.bytes()) return false;
            for (u64 n = 0; const u64 word : words())
                if (word != number(i, n++)) return false;
        }
        return true;
    }

  private:
    LargeFile(os::Mapping mapping, proto::FileWindow file)
        : mapping_{std::move(mapping)}, file_{std::move(file)} {}
    [[nodiscard]] static u64 number(u64 i, u64 n) { return (i << 32 | n) * 0x9e37'79b9'7f4a'7c15; }
    [[nodiscard]] std::span<u64> words() {
        return mapping_.as<std::array<u64, window.bytes() / sizeof(u64)>>();
    }

    os::Mapping mapping_;
    proto::FileWindow file_;
};

Result<> run_tests(Test& test, const proto::FileSpace& files, std::string_view directory, u64 count,
                   u64 size) {
    const auto* const mount = TRY(files.mount_of(directory));
    const auto free = [&]() -> Result<u64> {
        TRY(mount->client.call(file::Sync{}));
        return TRY(mount->client.call(file::Space{})).free;
    };
    const u64 before = TRY(free());
    const std::string root = std::string{directory} + "/tree", path = std::string{directory} + "/large";
    const Tree tree{files, root, count};
    TRY(tree.write());
    test.check("small files hold what was written", TRY(tree.holds()));
    {
        auto large = TRY(LargeFile::create(files, path));
        TRY(large.write(size));
        TRY(mount->client.call(file::Sync{}));
        test.check("a large file holds what was written", TRY(large.holds(size)));
    }
    test.check("they take room", TRY(free()) + size * window.bytes() < before);
    TRY(files.remove(path, file::Kind::file));
    TRY(tree.remove());
    test.check("all of it is free again", TRY(free()) == before);
    return {};
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto program = TRY(proto::Program::open(start));
    const auto count = parse_number(start.argument(2).value_or(""));
    const auto size = parse_number(start.argument(3).value_or(""));
    if (!count || !size) return 2;
    Test test{program.terminal()};
    const std::string directory = program.absolute(*start.argument(1));
    test.part("a tree", run_tests(test, program.files(), directory, *count, *size));
    return test.failures();
}
