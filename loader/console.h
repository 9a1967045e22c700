#pragma once

#include <string_view>

namespace pith::loader {

/// "pith-loader: TEXT" on both serial ports; the loader says nothing when all goes well. A port that is not
/// there or does not take the text is given up after a bounded wait.
void report_on_serial_ports(std::string_view text);

/// The same at the top of the screen, if it is in the text mode that a BIOS leaves it in.
void report_on_text_screen(std::string_view text);

} // namespace pith::loader
