#include "programs/sha256sum/sha256.h"

#include <gtest/gtest.h>

namespace pith::sha256sum {
namespace {

std::string sum(std::string_view text, std::size_t piece = 1000) {
    Sha256 sha256;
    for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
        sha256.add(std::as_bytes(std::span{text.substr(0, piece)}));
    return in_hexadecimal(sha256.finish());
}

// FIPS 180-4's examples, and what the host's sha256sum says of lengths around a block's end.
TEST(Sha256Sum, KnowsTheExamples) {
    EXPECT_EQ(sum(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sum("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sum("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(sum(std::string(1'000'000, 'a')),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256Sum, FillsTheLastBlock) {
    EXPECT_EQ(sum(std::string(55, 'a')), "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
    EXPECT_EQ(sum(std::string(56, 'a')), "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
    EXPECT_EQ(sum(std::string(63, 'a')), "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34");
    EXPECT_EQ(sum(std::string(64, 'a')), "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
    EXPECT_EQ(sum(std::string(119, 'a')), "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb");
    EXPECT_EQ(sum(std::string(120, 'a')), "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c");
}

TEST(Sha256Sum, DoesNotMindThePieces) {
    const std::string text(777, 'x');
    for (std::size_t piece = 1; piece < 200; ++piece)
        EXPECT_EQ(sum(text, piece), sum(text)) << piece;
}

} // namespace
} // namespace pith::sha256sum
