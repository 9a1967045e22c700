// The standard library expects these to be compiled once, in its own binary; here that is this file.
#include <string>

_LIBCPP_BEGIN_NAMESPACE_STD
template class basic_string<char>;
template basic_string<char> operator+(const char*, const basic_string<char>&);
_LIBCPP_END_NAMESPACE_STD
