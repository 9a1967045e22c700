// The four functions that the compiler calls on its own, and libc++ relies on.
#include <cstddef>
#include <cstdint>

// Without this the compiler would turn the loops below into calls of themselves.
#pragma clang attribute push(__attribute__((no_builtin("memcpy", "memmove", "memset", "memcmp"))), apply_to = function)
extern "C" {

void* memcpy(void* __restrict to, const void* __restrict from, std::size_t n) {
    void* result = to;
    std::size_t words = n / 8;
    std::size_t bytes = n % 8;
    asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words)::"memory");
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes)::"memory");
    return result;
}

void* memset(void* to, int value, std::size_t n) {
    void* result = to;
    std::size_t words = n / 8;
    std::size_t bytes = n % 8;
    const std::uint64_t pattern = static_cast<unsigned char>(value) * 0x0101010101010101u;
    asm volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
    asm volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(pattern) : "memory");
    return result;
}

void* memmove(void* to, const void* from, std::size_t n) {
    auto* t = static_cast<unsigned char*>(to);
    const auto* f = static_cast<const unsigned char*>(from);
    if (t <= f || t >= f + n) return memcpy(to, from, n); // a forward copy never reads what it has written
    while (n-- > 0) t[n] = f[n];
    return to;
}

int memcmp(const void* a, const void* b, std::size_t n) {
    const auto* x = static_cast<const unsigned char*>(a);
    const auto* y = static_cast<const unsigned char*>(b);
    // The first byte is the one that counts most.
    const auto compare = [](const unsigned char* at, const unsigned char* with) {
        std::uint64_t left = 0, right = 0;
        __builtin_memcpy(&left, at, 8);
        __builtin_memcpy(&right, with, 8);
        if (left == right) return 0;
        return __builtin_bswap64(left) < __builtin_bswap64(right) ? -1 : 1;
    };
    if (n >= 8) {
        for (; n > 8; n -= 8, x += 8, y += 8)
            if (const int order = compare(x, y); order != 0) return order;
        return compare(x - (8 - n), y - (8 - n)); // the last word begins with what was equal
    }
    for (; n > 0; --n, ++x, ++y)
        if (*x != *y) return *x < *y ? -1 : 1;
    return 0;
}

void* memchr(const void* in, int value, std::size_t n) {
    const auto* x = static_cast<const unsigned char*>(in);
    for (; n > 0; --n, ++x)
        if (*x == static_cast<unsigned char>(value)) return const_cast<unsigned char*>(x);
    return nullptr;
}

std::size_t strlen(const char* text) {
    std::size_t n = 0;
    while (text[n] != '\0') ++n;
    return n;
}
}
#pragma clang attribute pop
