# Warnings, hardening and sanitizers: the target clnoise_options, which everything here links.
include(CheckCCompilerFlag)
include(CheckCSourceCompiles)
include(CheckPIESupported)

option(CLNOISE_WERROR "Treat warnings as errors" ON)
option(CLNOISE_HARDEN "Stack protector, checked string functions, read-only relocations" ON)
option(CLNOISE_FUZZ "Build the targets of tests/fuzz for libFuzzer, and no other tests (clang)" OFF)
set(CLNOISE_SANITIZE "" CACHE STRING "Sanitizers to build with, such as address,undefined")
if(CLNOISE_FUZZ AND NOT CLNOISE_SANITIZE)
  set(CLNOISE_SANITIZE address,undefined,float-cast-overflow)
endif()

add_library(clnoise_options INTERFACE)
# Random numbers are the same bits everywhere: no contraction of a * b + c on the host either.
target_compile_options(clnoise_options INTERFACE -Wall -Wextra -Wpedantic -ffp-contract=off
  $<$<BOOL:${CLNOISE_WERROR}>:-Werror>)

check_pie_supported(LANGUAGES C)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(CLNOISE_HARDEN)
  foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection)
    string(MAKE_C_IDENTIFIER "CLN_HAS${flag}" has)
    # -Werror: clang takes a flag that the target lacks with a mere warning.
    set(CMAKE_REQUIRED_FLAGS -Werror)
    check_c_compiler_flag(${flag} ${has})
    unset(CMAKE_REQUIRED_FLAGS)
    if(${has})
      target_compile_options(clnoise_options INTERFACE ${flag})
    endif()
  endforeach()
  if(NOT CLNOISE_SANITIZE)
    # Level 3 also checks sizes that are known only when the program runs; older headers warn of it.
    set(CMAKE_REQUIRED_FLAGS "-Werror -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3")
    check_c_source_compiles("#include <string.h>
                             int main(void) { return (int)strlen(\"\"); }" CLN_HAS_FORTIFY_3)
    unset(CMAKE_REQUIRED_FLAGS)
    set(level 2)
    if(CLN_HAS_FORTIFY_3)
      set(level 3)
    endif()
    # Needs an optimising build; Debug has none.
    target_compile_options(clnoise_options INTERFACE $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE>
      $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=${level}>)
  endif()
  if(NOT APPLE)
    target_link_options(clnoise_options INTERFACE -Wl,-z,relro -Wl,-z,now)
  endif()
endif()

if(CLNOISE_SANITIZE)
  target_compile_options(clnoise_options INTERFACE -fsanitize=${CLNOISE_SANITIZE}
    -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
  target_link_options(clnoise_options INTERFACE -fsanitize=${CLNOISE_SANITIZE})
endif()

# Coverage for the fuzzer in all code; its main() is linked into the targets alone.
if(CLNOISE_FUZZ)
  target_compile_options(clnoise_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
