set(CMAKE_C_COMPILER clang-19) # GoogleTest names the language
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_ASM_COMPILER clang-19)
