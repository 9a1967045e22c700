#include "base/bytes.h"
#include "base/environment.h"
#include "base/panic.h"

using namespace pith;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Environment environment{as_text(std::as_bytes(std::span{data, size}))};
    auto cursor = environment.pairs();
    for (std::size_t count = 0; const auto pair = cursor.next(); ++count) {
        require(count <= size, "an environment without an end");
        require(!pair->key.empty() && pair->key.find_first_of(" \t\r\n=") == std::string_view::npos, "key");
        require(pair->value.find_first_of("\r\n") == std::string_view::npos, "value");
        if (count < 4) require(environment.get(pair->key).has_value(), "listed but not found");
    }
    return 0;
}
