#include "programs/shell/syntax.h"

#include <algorithm>
#include <optional>

namespace pith::shell {
namespace {

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

class Parser {
  public:
    explicit Parser(std::string_view line) : rest_{line} {}

    std::expected<std::vector<Pipeline>, std::string_view> parse() {
        skip_blanks();
        while (complaint_.empty() && !rest_.empty()) {
            take_pipeline();
            skip_blanks();
        }
        if (!complaint_.empty()) return std::unexpected(complaint_);
        return std::move(pipelines_);
    }

  private:
    void complain(std::string_view what) {
        if (complaint_.empty()) complaint_ = what;
    }
    bool take(std::string_view token) {
        if (!rest_.starts_with(token)) return false;
        rest_.remove_prefix(token.size());
        return true;
    }
    char take_character() {
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }
    void skip_blanks() {
        while (!rest_.empty() && is_blank(rest_.front()))
            rest_.remove_prefix(1);
        if (rest_.starts_with('#')) rest_ = {};
    }

    /// One pipeline and what separates it from the next.
    void take_pipeline() {
        Pipeline pipeline{.condition = next_condition_};
        do {
            pipeline.commands.push_back(take_command());
            const Command& last = pipeline.commands.back();
            if (last.words.empty() && last.redirections.empty()) return complain("a command is missing");
            if (!complaint_.empty()) return;
        } while (!rest_.starts_with("||") && take("|"));
        next_condition_ = Pipeline::Condition::always;
        if (take("&&"))
            next_condition_ = Pipeline::Condition::after_success;
        else if (take("||"))
            next_condition_ = Pipeline::Condition::after_failure;
        else if (take("&"))
            pipeline.background = true;
        else
            take(";");
        pipelines_.push_back(std::move(pipeline));
        skip_blanks();
        if (next_condition_ != Pipeline::Condition::always && rest_.empty()) complain("a command is missing");
    }

    Command take_command() {
        Command command;
        for (skip_blanks(); complaint_.empty() && !rest_.empty(); skip_blanks()) {
            const char c = rest_.front();
            if (take("&>"))
                take_both(command);
            else if (c == '|' || c == '&' || c == ';')
                break;
            else if (c == '<' || c == '>' || rest_.starts_with("1>") || rest_.starts_with("2>"))
                take_redirection(command);
            else
                command.words.push_back(take_word());
        }
        return command;
    }
    void take_redirection(Command& command) {
        using enum Redirection::Kind;
        if (take("<")) return take_target(command, input, Redirection::Stream::input);
        const auto stream = take("2") ? Redirection::Stream::errors : Redirection::Stream::output;
        if (stream == Redirection::Stream::output) take("1");
        take(">");
        if (take("&1"))
            command.redirections.push_back({like_output, stream, {}});
        else if (take("&2"))
            command.redirections.push_back({like_errors, stream, {}});
        else
            take_target(command, take(">") ? append : output, stream);
    }
    /// `&> FILE` is `> FILE 2>&1`.
    void take_both(Command& command) {
        using enum Redirection::Kind;
        take_target(command, take(">") ? append : output, Redirection::Stream::output);
        command.redirections.push_back({like_output, Redirection::Stream::errors, {}});
    }
    void take_target(Command& command, Redirection::Kind kind, Redirection::Stream stream) {
        skip_blanks();
        Word target = take_word();
        if (target.empty()) return complain("a file's name is missing");
        command.redirections.push_back({kind, stream, std::move(target)});
    }

    Word take_word() {
        Word word;
        constexpr std::string_view ends = " \t;|&<>", ends_home = "/ \t;|&<>";
        if (rest_.starts_with('~') && (rest_.size() == 1 || ends_home.contains(rest_[1]))) {
            take("~");
            word.push_back({Part::Kind::quoted_variable, "HOME"});
        }
        while (complaint_.empty() && !rest_.empty() && !ends.contains(rest_.front())) {
            const char c = take_character();
            if (c == '\'')
                take_single_quoted(word);
            else if (c == '"')
                take_double_quoted(word);
            else if (c == '\\')
                take_escaped(word);
            else if (c == '$')
                take_dollar(word, Part::Kind::text);
            else
                add(word, Part::Kind::text, c);
        }
        return word;
    }
    static void add(Word& word, Part::Kind kind, char c) {
        if (word.empty() || word.back().kind != kind) word.push_back({kind, {}});
        word.back().text += c;
    }
    void take_escaped(Word& word) {
        if (rest_.empty()) return complain("nothing follows the \\");
        add(word, Part::Kind::quoted_text, take_character());
    }
    void take_single_quoted(Word& word) {
        const std::size_t end = rest_.find('\'');
        if (end == std::string_view::npos) return complain("a closing ' is missing");
        word.push_back({Part::Kind::quoted_text, std::string{rest_.substr(0, end)}});
        rest_.remove_prefix(end + 1);
    }
    void take_double_quoted(Word& word) {
        word.push_back({Part::Kind::quoted_text, {}}); // so that "" is a word
        while (!rest_.empty()) {
            const char c = take_character();
            if (c == '"') return;
            const bool escapes =
                c == '\\' && !rest_.empty() && std::string_view{"\"\\$"}.contains(rest_.front());
            if (c == '$')
                take_dollar(word, Part::Kind::quoted_text);
            else
                add(word, Part::Kind::quoted_text, escapes ? take_character() : c);
        }
        complain("a closing \" is missing");
    }
    /// `kind`: what a $ is that no name follows.
    void take_dollar(Word& word, Part::Kind kind) {
        std::string name;
        if (take("?")) {
            name = "?";
        } else if (take("{")) {
            const std::size_t end = rest_.find('}');
            if (end == std::string_view::npos || !is_name(rest_.substr(0, end)))
                return complain("${NAME} is broken");
            name = rest_.substr(0, end);
            rest_.remove_prefix(end + 1);
        } else {
            const auto end = std::ranges::find_if_not(rest_, is_name_character);
            name = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
            if (!is_name(name)) return add(word, kind, '$');
            rest_.remove_prefix(name.size());
        }
        const bool quoted = kind == Part::Kind::quoted_text;
        word.push_back({quoted ? Part::Kind::quoted_variable : Part::Kind::variable, std::move(name)});
    }

    std::string_view rest_;
    std::vector<Pipeline> pipelines_;
    Pipeline::Condition next_condition_ = Pipeline::Condition::always;
    std::string_view complaint_;
};

} // namespace

bool is_name(std::string_view text) {
    return !text.empty() && !(text.front() >= '0' && text.front() <= '9') &&
           std::ranges::all_of(text, is_name_character);
}

std::expected<std::vector<Pipeline>, std::string_view> parse_line(std::string_view line) {
    return Parser{line}.parse();
}

} // namespace pith::shell
