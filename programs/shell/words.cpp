#include "programs/shell/words.h"

#include "base/text.h"

namespace pith::shell {
namespace {

class Parser {
  public:
    Parser(std::string_view line, u64 status) : rest_{line}, status_{status} {}

    std::expected<std::vector<Words>, std::string_view> parse() {
        while (!rest_.empty()) {
            const char c = take();
            if (c == '#' && !in_word_) break;
            if (!take_plain(c)) return std::unexpected(complaint_);
        }
        end_command();
        return std::move(commands_);
    }

  private:
    char take() {
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }
    void add(char c) {
        word_ += c;
        in_word_ = true;
    }
    bool complain(std::string_view what) {
        complaint_ = what;
        return false;
    }
    void end_word() {
        if (in_word_) words_.push_back(std::move(word_));
        word_.clear();
        in_word_ = false;
    }
    void end_command() {
        end_word();
        if (!words_.empty()) commands_.push_back(std::move(words_));
        words_.clear();
    }
    /// One character outside quotes.
    bool take_plain(char c) {
        if (c == ' ' || c == '\t')
            end_word();
        else if (c == ';')
            end_command();
        else if (c == '\'')
            return take_single_quoted();
        else if (c == '"')
            return take_double_quoted();
        else if (c == '\\')
            return take_escaped();
        else if (c == '$')
            take_dollar();
        else if (c == '|' || c == '&' || c == '<' || c == '>')
            return complain("pipes and redirection are not there yet");
        else
            add(c);
        return true;
    }
    bool take_escaped() {
        if (rest_.empty()) return complain("nothing follows the \\");
        add(take());
        return true;
    }
    void take_dollar() {
        if (!rest_.starts_with('?')) return add('$');
        rest_.remove_prefix(1);
        Text<20> number;
        number.format("{}", status_);
        word_ += number.view();
        in_word_ = true;
    }
    bool take_single_quoted() {
        const std::size_t end = rest_.find('\'');
        if (end == std::string_view::npos) return complain("a closing ' is missing");
        word_ += rest_.substr(0, end);
        in_word_ = true;
        rest_.remove_prefix(end + 1);
        return true;
    }
    bool take_double_quoted() {
        in_word_ = true;
        while (!rest_.empty()) {
            const char c = take();
            if (c == '"') return true;
            if (c == '$')
                take_dollar();
            else if (c == '\\' && !rest_.empty() && (rest_[0] == '"' || rest_[0] == '\\' || rest_[0] == '$'))
                add(take());
            else
                add(c);
        }
        return complain("a closing \" is missing");
    }

    std::string_view rest_;
    u64 status_;
    std::vector<Words> commands_;
    Words words_;
    std::string word_;
    bool in_word_ = false;
    std::string_view complaint_;
};

} // namespace

std::expected<std::vector<Words>, std::string_view> parse_line(std::string_view line, u64 status) {
    return Parser{line, status}.parse();
}

} // namespace pith::shell
