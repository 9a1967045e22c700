// make_seeds FOLDER: writes the fuzzers' first inputs to FOLDER/elf, FOLDER/archive, …
#include "device_seeds.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

using namespace pith;
namespace files = std::filesystem;

namespace {

class Seeds {
  public:
    explicit Seeds(files::path root) : root_{std::move(root)} {}

    void add(const char* fuzzer, const samples::Buffer& bytes) {
        const files::path folder = root_ / fuzzer;
        files::create_directories(folder);
        std::ofstream file{folder / std::to_string(next_++), std::ios::binary};
        file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        good_ = good_ && file.good();
    }
    void add(const char* fuzzer, std::string_view text) {
        samples::Buffer bytes;
        samples::put(bytes, text);
        add(fuzzer, bytes);
    }
    [[nodiscard]] bool good() const { return good_; }

  private:
    files::path root_;
    int next_ = 0;
    bool good_ = true;
};

} // namespace

int main(int count, char** arguments) {
    if (count != 2) return std::fprintf(stderr, "make_seeds FOLDER\n"), 2;
    Seeds made{arguments[1]};
    const u64 high = 0xffff'ffff'ffe0'2000;
    made.add("elf", samples::program());
    made.add(
        "elf",
        samples::elf(high,
                     {{.flags = 7, .offset = 0x1000, .address = high, .file_size = 64, .memory_size = 4096}},
                     samples::program_symbols(), 0x1100));
    made.add("archive", samples::tar(samples::tree()));
    made.add("archive", samples::tar(samples::tree(), true));
    for (const char* magic : {"070701", "070702", "070707"})
        made.add("archive", samples::cpio(samples::tree(), magic));
    made.add("environment", "screen=800x600\n# comment\nkernel=sys/core // more\n/* block\n*/ a=b\r\n");
    made.add("table",
             "# what\nhome /data auto\n\tdisk0p2 /mnt/a  fat32 ro optional # more\r\n@efi /b ext4 optional");
    made.add("table",
             "data /a/../b auto\nx / auto\ny /y ntfs\nz /z auto rw\none /a auto\ntwo /a auto\nlone\n");
    made.add("table",
             "service a\n program sys/a\n priority 24\n memory 100\n offers\n awaited\n"
             " grant p ports 0x3f8 8\n grant i interrupt 4\n grant s system power list\n grant k kept\n"
             " exited restart 5\n failed ignore\nservice b\n program b\n grant a connect a as 0x10\n");
    made.add("table", "driver d\n program sys/d\n match device 1af4:1001\n match class 01:06:01\n disks\n"
                      " memory 512\n interrupts 4\n restart 5\nclient 1 @data\n");
    made.add(
        "terminal",
        "\x1b[1;31;48;5;7mred\x1b[m\t\x1b[2;3r\x1b[?6h\x1b[9;9H\x1b[2L\x1b[M\x1b[3P\x1b[@\x1b[4X\x1b[5b");
    made.add("terminal", "日本e\u0301\x1b[2G\x1b[?1049h\x1b(0lqk\x1b[?7l\x1b"
                         "7\x1b[3S\x1b[T\x1b"
                         "8\x1bM\x1b[J\x1b[1K\x1b]0;t\x07");
    for (const samples::Disk& disk : {samples::gpt_disk(512), samples::mbr_disk()})
        made.add("partition", seeds::pieces_of(disk));
    made.add("partition", seeds::pieces_of(samples::gpt_disk(4096)));
    for (const samples::Buffer& table : seeds::tables())
        made.add("acpi", table);
    for (const samples::Buffer& function : seeds::functions())
        made.add("pci", function);
    made.add("virtqueue", seeds::queue());
    made.add("block", seeds::batch());
    for (const char* fuzzer : {"ext4", "journal", "fat"})
        for (const u8 kind : {u8{0}, u8{1}}) {
            made.add(fuzzer, seeds::changes(kind, {}));
            made.add(fuzzer, seeds::changes(kind, {{0, 0, 0x60, 0, 0xff}}));
            made.add(fuzzer,
                     seeds::changes(kind, {{8, 0, 0x28, 1, 0x0a}, {9, 0, 4, 0, 0}, {30, 0, 8, 0, 5}}));
        }
    made.add("psf", samples::psf1(4, true));
    made.add("psf", samples::psf2(9, 6, 20, true));
    return made.good() ? 0 : 1;
}
