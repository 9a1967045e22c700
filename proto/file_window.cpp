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

template <class Lent, class Sent>
Result<u64> FileWindow::transfer(const Lent& lent, const Sent& sent) {
    constexpr int attempts = 3; // each for another server
    for (int attempt = 0; attempt < attempts; ++attempt) {
        if (!session_) {
            const auto lending = lend();
            if (!lending && lending.error() == Error::busy)
                return TRY(file_.client.call(sent, memory_)).length;
            TRY(lending);
        }
        const auto done = session_->call(lent);
        if (done) return done->length;
        if (done.error() != Error::wrong_state) return fail(done.error());
        session_.reset();
    }
    return fail(Error::interrupted);
}

template Result<u64> FileWindow::transfer(const file::ReadLent&, const file::ReadInto&);
template Result<u64> FileWindow::transfer(const file::WriteLent&, const file::WriteFrom&);

} // namespace pith::proto
