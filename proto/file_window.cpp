#include "proto/file_window.h"

namespace pith::proto {

Result<FileWindow> FileWindow::open(OpenFile file, const os::Memory& memory) {
    return FileWindow{std::move(file), TRY(memory.copy())};
}

Result<> FileWindow::lend() {
    auto lent = TRY(file_.client.call(file::Lend{}, memory_));
    session_.emplace(std::get<0>(std::move(lent.handles)));
    return {};
}

Result<u64> FileWindow::transfer(auto&& through, auto&& along) {
    constexpr int attempts = 3; // each for another server
    for (int attempt = 0; attempt < attempts; ++attempt) {
        if (!session_) {
            const auto lending = lend();
            if (!lending && lending.error() == Error::busy) return TRY(along()).length;
            TRY(lending);
        }
        const auto done = through(*session_);
        if (done) return done->length;
        if (done.error() != Error::wrong_state) return fail(done.error());
        session_.reset();
    }
    return fail(Error::interrupted);
}

Result<u64> FileWindow::read(u64 offset, u64 length) {
    return transfer([&](const file::Client& session) { return session.call(file::ReadLent{offset, length}); },
                    [&] { return file_.client.call(file::ReadInto{offset, length}, memory_); });
}

Result<u64> FileWindow::write(u64 offset, u64 length) {
    return transfer(
        [&](const file::Client& session) {
            file::WriteLent message{.offset = offset, .length = length};
            return file_.since.change(session, message);
        },
        [&] {
            file::WriteFrom message{.offset = offset, .length = length};
            return file_.since.change(file_.client, message, memory_);
        });
}

} // namespace pith::proto
