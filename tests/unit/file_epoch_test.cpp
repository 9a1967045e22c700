#include "proto/file_epoch.h"
#include "proto/file_since.h"

#include <gtest/gtest.h>

#include <memory>

namespace pith::proto::file {
namespace {

/// A server whose successors find its record; stands for the client that leads to it, too.
class Files {
  public:
    Files() { start(); }
    /// Its predecessor has ended.
    void start() { epoch_ = std::make_unique<Epoch>(record_, ++clock_); }
    void commit() { epoch_->made_safe(); }
    [[nodiscard]] bool is_lost() const { return epoch_->is_lost(); }

    Result<Changed> call(const Write& m) const {
        if (const auto well = epoch_->check(m.since); !well) return fail(well.error());
        if (m.bytes.length > 0) epoch_->changed();
        return Changed{m.bytes.length, epoch_->number()};
    }
    Result<os::Done> call(const Sync& m) const {
        epoch_->made_safe();
        if (const auto well = epoch_->check_all(m.since); !well) return fail(well.error());
        return os::Done{};
    }

  private:
    Epoch::Record record_;
    u64 clock_ = 100;
    std::unique_ptr<Epoch> epoch_;
};

class FileEpoch : public testing::Test {
  protected:
    Files files_;
    Since since_;
    Result<Changed> write(Since& since) {
        Write message;
        message.offset = 0;
        message.bytes.put("hello");
        return since.change(files_, message);
    }
    static Error error_of(const auto& result) { return result ? Error{} : result.error(); }
};

TEST_F(FileEpoch, WhoWroteHearsOnceThatItMayBeLost) {
    EXPECT_EQ(write(since_)->length, 5u);
    files_.start();
    EXPECT_EQ(error_of(write(since_)), Error::lost);
    EXPECT_EQ(write(since_)->length, 5u);
    EXPECT_TRUE(since_.sync(files_));
}

TEST_F(FileEpoch, SoDoesWhoSyncsOrAsks) {
    ASSERT_TRUE(write(since_));
    files_.start();
    EXPECT_EQ(error_of(since_.sync(files_)), Error::lost);
    ASSERT_TRUE(write(since_));
    files_.start();
    EXPECT_EQ(error_of(since_.check(files_)), Error::lost);
    EXPECT_TRUE(since_.check(files_));
}

TEST_F(FileEpoch, WhoHadSyncedOrNotWrittenDoesNotNotice) {
    Since synced, unwritten, other;
    ASSERT_TRUE(write(synced));
    ASSERT_TRUE(synced.sync(files_));
    ASSERT_TRUE(write(other));
    files_.start();
    EXPECT_TRUE(write(synced));
    EXPECT_TRUE(write(unwritten));
    EXPECT_EQ(error_of(write(other)), Error::lost);
}

TEST_F(FileEpoch, NothingIsLostThatTheServerHadMadeSafe) {
    ASSERT_TRUE(write(since_));
    files_.commit();
    files_.start();
    EXPECT_FALSE(files_.is_lost());
    EXPECT_TRUE(write(since_));
    EXPECT_TRUE(Since{}.sync(files_));
}

TEST_F(FileEpoch, AFileThatWasOnlyMadeIsLostToo) {
    ASSERT_TRUE(write(since_));
    Since made{since_.epoch()};
    files_.start();
    EXPECT_EQ(error_of(write(made)), Error::lost);
}

TEST_F(FileEpoch, OneWhoSyncsIsToldOfWhatOthersLost) {
    ASSERT_TRUE(write(since_));
    files_.start();
    files_.start(); // and nobody had asked the one before
    Since later;
    ASSERT_TRUE(write(later));
    EXPECT_TRUE(later.sync(files_)); // what he wrote himself is safe
    EXPECT_TRUE(files_.is_lost());
    EXPECT_EQ(error_of(Since{}.sync(files_)), Error::lost);
    EXPECT_TRUE(Since{}.sync(files_));
    EXPECT_EQ(error_of(since_.sync(files_)), Error::lost);
}

TEST_F(FileEpoch, WhatWasLostLongAgoIsLost) {
    ASSERT_TRUE(write(since_));
    files_.start();
    Since other;
    ASSERT_TRUE(write(other));
    files_.start();
    EXPECT_EQ(error_of(write(since_)), Error::lost);
    EXPECT_EQ(error_of(write(other)), Error::lost);
}

} // namespace
} // namespace pith::proto::file
