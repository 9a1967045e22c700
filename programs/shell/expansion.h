#pragma once

#include "base/wildcard.h"
#include "programs/shell/syntax.h"

#include <algorithm>

namespace pith::shell {

/// Turns words into the texts that a command gets. Source knows the shell: `variable(name)` gives a
/// std::string, `names_in(directory)` the sorted names that a directory holds, none where there is no such
/// directory.
template <class Source>
class Expansion {
  public:
    explicit Expansion(const Source& source) : source_{source} {}

    /// None, one or several: a variable outside quotes falls apart at its blanks, and a pattern that fits
    /// files becomes their names. One that fits none stays as it is.
    [[nodiscard]] std::vector<std::string> expand(const Word& word) {
        fields_.clear();
        open_ = false;
        for (const Part& part : word)
            add(part);
        std::vector<std::string> texts;
        for (const Field& field : fields_) {
            std::vector<std::string> names;
            if (field.is_pattern) names = names_for(field.pattern);
            if (names.empty()) names.push_back(field.text);
            texts.insert(texts.end(), names.begin(), names.end());
        }
        return texts;
    }
    /// As one text: where a file is named, or a value is set.
    [[nodiscard]] std::string join(const Word& word) const {
        std::string text;
        for (const Part& part : word) {
            const bool variable =
                part.kind == Part::Kind::variable || part.kind == Part::Kind::quoted_variable;
            text += variable ? source_.variable(part.text) : part.text;
        }
        return text;
    }

  private:
    struct Field {
        std::string text;
        std::string pattern; ///< the same, with a \ before each character that stands for itself only
        bool is_pattern = false;
    };

    void add(const Part& part) {
        switch (part.kind) {
        case Part::Kind::text: return add_text(part.text, false);
        case Part::Kind::quoted_text: return add_text(part.text, true);
        case Part::Kind::quoted_variable: return add_text(source_.variable(part.text), true);
        case Part::Kind::variable: return add_split(source_.variable(part.text));
        }
    }
    void add_text(std::string_view text, bool quoted) {
        if (!open_) fields_.emplace_back();
        open_ = true;
        Field& field = fields_.back();
        for (const char c : text) {
            const bool special = c == '*' || c == '?' || c == '[';
            const bool wild = !quoted && special;
            field.is_pattern = field.is_pattern || wild;
            if (!wild && (special || c == '\\')) field.pattern += '\\';
            field.pattern += c;
            field.text += c;
        }
    }
    void add_split(const std::string& value) {
        std::string_view rest = value;
        while (!rest.empty()) {
            const std::size_t blanks = std::min(rest.find_first_not_of(" \t\n"), rest.size());
            if (blanks > 0) open_ = false;
            rest.remove_prefix(blanks);
            const std::string_view text = rest.substr(0, rest.find_first_of(" \t\n"));
            if (!text.empty()) add_text(text, false);
            rest.remove_prefix(text.size());
        }
    }

    [[nodiscard]] std::vector<std::string> names_for(std::string_view pattern) const {
        std::vector<std::string> found{pattern.starts_with('/') ? "/" : ""};
        while (!pattern.empty() && !found.empty()) {
            pattern.remove_prefix(std::min(pattern.find_first_not_of('/'), pattern.size()));
            const std::string_view part = pattern.substr(0, pattern.find('/'));
            pattern.remove_prefix(part.size());
            if (!part.empty()) found = step(found, part, !pattern.empty());
        }
        return found;
    }
    [[nodiscard]] std::vector<std::string> step(const std::vector<std::string>& directories,
                                                std::string_view part, bool more_follows) const {
        std::vector<std::string> found;
        for (const std::string& directory : directories)
            for (const std::string& name : source_.names_in(directory.empty() ? "." : directory)) {
                const bool hidden = name.starts_with('.') && !part.starts_with('.');
                if (hidden || !matches_wildcard(name, part)) continue;
                found.push_back(directory + name + (more_follows ? "/" : ""));
            }
        return found;
    }

    const Source& source_;
    std::vector<Field> fields_;
    bool open_ = false; ///< what comes next belongs to the last field
};

} // namespace pith::shell
