// The shell: reads lines, from a person or from a program, and runs them.
#include "programs/shell/editor.h"
#include "programs/shell/history.h"
#include "programs/shell/shell.h"

using namespace pith;

namespace pith::shell {
namespace {

constexpr char end_of_transmission = 4;

/// Tab: adds what is certain; shows what there is to choose from where nothing is.
void complete(const Shell& shell, LineEditor& editor, std::string& out) {
    const Unfinished unfinished = find_unfinished(editor.before_cursor());
    const Names names = that_begin_with(unfinished.start, shell.names_for(unfinished));
    const std::string text = to_insert(unfinished.start, names);
    if (!text.empty())
        editor.insert(text, out);
    else if (!names.empty())
        editor.show(names, out);
}

/// A person: prompt, echo, editing. `columns`: of the terminal; 0: not known.
Result<int> run_interactive(Shell& shell, u64 columns) {
    LineEditor editor;
    editor.set_columns(columns);
    std::string out;
    const auto prompt = [&] { editor.start("pith:" + shell.directory() + "> ", out); };
    prompt();
    shell.terminal().write(out);
    out.clear();
    os::log_line("ready"); // the end of the boot: tests measure what it cost up to here
    bool history_known = false;
    for (;;) {
        const auto typed = TRY(shell.terminal().read());
        if (!history_known) // not before the prompt, which shall not wait for a disk
            for (const std::string& line : read_history(shell.files()))
                editor.remember(line);
        history_known = true;
        for (const char c : typed.bytes.view()) {
            const LineEditor::Event event = editor.feed(c, out);
            if (event == LineEditor::Event::none) continue;
            if (event == LineEditor::Event::complete) {
                complete(shell, editor, out);
                continue;
            }
            shell.terminal().write(out);
            out.clear();
            if (event == LineEditor::Event::line && editor.is_new())
                add_to_history(shell.files(), editor.line());
            if (event == LineEditor::Event::line) shell.run_line(editor.line());
            if (event == LineEditor::Event::end_of_input || shell.ended())
                return static_cast<int>(shell.status());
            shell.report_jobs();
            prompt();
        }
        shell.terminal().write(out);
        out.clear();
    }
}

/// A program: lines in, output out, nothing else; ends with the input.
Result<int> run_plain(Shell& shell) {
    std::string line;
    for (;;) {
        const auto typed = TRY(shell.terminal().read());
        for (const char c : typed.bytes.view()) {
            if (c != '\n' && c != '\r' && c != end_of_transmission) {
                line += c;
                continue;
            }
            shell.run_line(line);
            shell.report_jobs();
            line.clear();
            if (c == end_of_transmission || shell.ended()) return static_cast<int>(shell.status());
        }
    }
}

} // namespace
} // namespace pith::shell

Result<int> program_main(os::Start& start) {
    auto terminal = TRY(proto::Terminal::open(start));
    const auto mode = TRY(terminal.client().call(proto::console::GetMode{}));
    const bool plain = mode.mode == static_cast<u64>(proto::console::Mode::plain);
    auto shell = TRY(shell::Shell::create(start, std::move(terminal), !plain));
    const auto status = plain ? shell::run_plain(shell) : shell::run_interactive(shell, mode.columns);
    shell.sync_files(); // its end may be the end of the machine
    return status;
}
