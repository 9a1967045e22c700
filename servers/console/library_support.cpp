// What libvterm needs of a C library: a handful of functions, as Debian's compiler calls them.
#include "servers/console/library_support.h"

#include "base/panic.h"
#include "os/syscall.h"

#include <array>
#include <bit>
#include <cstdarg>
#include <cstring>
#include <new>

namespace pith::os::console {
namespace {

/// The value that protects stacks is read at offset 0x28 of the thread's own block (System V ABI for x86-64,
/// as gcc and glibc apply it).
struct alignas(16) ThreadBlock {
    std::array<u64, 8> words{};
};
constinit ThreadBlock thread_block{{0, 0, 0, 0, 0, 0x5bd1'e995'9e37'7900}};

/// Writes as snprintf does: `length` counts what there was no room for as well.
class Writer {
  public:
    Writer(char* to, std::size_t size) : to_{to}, size_{size} {}
    void put(char c) {
        if (length_ + 1 < size_) to_[length_] = c;
        ++length_;
    }
    void put(const char* text) {
        while (*text != '\0')
            put(*text++);
    }
    void put_number(u64 number, u64 base, unsigned width, char fill) {
        std::array<char, 24> digits;
        unsigned count = 0;
        do {
            digits[count++] = "0123456789abcdef"[number % base];
            number /= base;
        } while (number != 0);
        for (; width > count; --width)
            put(fill);
        while (count > 0)
            put(digits[--count]);
    }
    [[nodiscard]] int finish() {
        if (size_ > 0) to_[length_ < size_ ? length_ : size_ - 1] = '\0';
        return static_cast<int>(length_);
    }

  private:
    char* to_;
    std::size_t size_;
    std::size_t length_ = 0;
};

/// The conversions that libvterm uses: %d %u %x %c %s %%, with a width and `l`.
int format(char* to, std::size_t size, const char* text, std::va_list arguments) {
    Writer writer{to, size};
    for (; *text != '\0'; ++text) {
        if (*text != '%') {
            writer.put(*text);
            continue;
        }
        const char fill = text[1] == '0' ? '0' : ' ';
        unsigned width = 0;
        bool is_long = false;
        while (*++text >= '0' && *text <= '9')
            width = width * 10 + static_cast<unsigned>(*text - '0');
        for (; *text == 'l' || *text == 'z'; ++text)
            is_long = true;
        switch (*text) {
        case 'd': {
            const i64 value = is_long ? va_arg(arguments, long) : va_arg(arguments, int);
            if (value < 0) writer.put('-');
            writer.put_number(value < 0 ? ~static_cast<u64>(value) + 1 : static_cast<u64>(value), 10, width,
                              fill);
            break;
        }
        case 'u':
        case 'x': {
            const u64 value = is_long ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned);
            writer.put_number(value, *text == 'x' ? 16 : 10, width, fill);
            break;
        }
        case 'c': writer.put(static_cast<char>(va_arg(arguments, int))); break;
        case 's': writer.put(va_arg(arguments, const char*)); break;
        default: writer.put(*text); break;
        }
        if (*text == '\0') break;
    }
    return writer.finish();
}

} // namespace

Result<> prepare_library() {
    return invoke(abi::SetBases{VirtAddr{std::bit_cast<u64>(&thread_block)}, VirtAddr{}});
}

} // namespace pith::os::console

extern "C" {

void* stderr;

[[noreturn]] void __stack_chk_fail() { panic("a buffer on the stack overflowed"); }

int __vsnprintf_chk(char* to, std::size_t size, int, std::size_t, const char* text, std::va_list arguments) {
    return pith::os::console::format(to, size, text, arguments);
}
int __snprintf_chk(char* to, std::size_t size, int, std::size_t, const char* text, ...) {
    std::va_list arguments;
    va_start(arguments, text);
    const int length = pith::os::console::format(to, size, text, arguments);
    va_end(arguments);
    return length;
}
int __fprintf_chk(void*, int, const char*, ...) { return 0; } // what it would complain about is no harm

char* strncpy(char* to, const char* from, std::size_t size) {
    std::size_t i = 0;
    for (; i < size && from[i] != '\0'; ++i)
        to[i] = from[i];
    std::memset(to + i, 0, size - i);
    return to;
}
char* __strncpy_chk(char* to, const char* from, std::size_t size, std::size_t) {
    return strncpy(to, from, size);
}

// Of its own allocator, which is not the one that we give it.
void* calloc(std::size_t, std::size_t) { return nullptr; }
void free(void*) {}
[[noreturn]] void exit(int) { panic("a library gave up"); }
}
