#!/bin/sh
# Builds the fuzz targets with clang's libFuzzer, AddressSanitizer and UBSan.
#
#   tests/fuzz/build.sh BUILD
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$1
clang=${CLANG:-clang}
mkdir -p "$build"
printf '#include <stddef.h>\nint LLVMFuzzerTestOneInput(const unsigned char *d, size_t n) { return d && n ? 0 : 0; }\n' \
    >"$build/probe.c"
if ! "$clang" -fsanitize=fuzzer,address "$build/probe.c" -o "$build/probe" >/dev/null 2>&1; then
    echo "skipped: $clang with libFuzzer is not here (Debian: clang; macOS: brew install llvm)"
    exit 77
fi
generator=
! command -v ninja >/dev/null || generator='-G Ninja'
cmake -S "$root" -B "$build" $generator -DCMAKE_C_COMPILER="$clang" -DCLNOISE_FUZZ=ON >/dev/null
cmake --build "$build" --parallel 2
