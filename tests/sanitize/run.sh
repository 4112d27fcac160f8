#!/bin/sh
# Builds everything with a sanitizer, in a folder of its own, and runs tests there:
#
#   run.sh address [CTEST OPTIONS]   every test with AddressSanitizer, LeakSanitizer and UBSan
#   run.sh threads [CTEST OPTIONS]   the tests in which threads of ours run, with ThreadSanitizer
#
# Options for ctest take the place of the choice of tests. Exit 77 where the compiler has no such
# sanitizer. What is suppressed, and why, stands beside this file.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
kind=${1:?usage: run.sh address|threads [CTEST OPTIONS]}
shift

# Programs built on several threads, the tuner that asks for them, the second process that compiles,
# and trainings in which a signal arrives from outside.
threaded='^(runtime/program|graph/tune|graph/recorders|cli/(compile_helper|interrupt|workers|run)|run/in_process|train/train)$'

case $kind in
address)
    sanitizers=address,undefined,float-cast-overflow
    targets=all
    # Oclgrind wants to be loaded first, and so does AddressSanitizer.
    [ $# -gt 0 ] || set -- --label-exclude "$("$root/tests/by_name.sh")|^oclgrind\$"
    ;;
threads)
    sanitizers=thread
    targets=all
    if [ $# = 0 ]; then
        set -- --tests-regex "$threaded"
        targets="clnoise test_runtime_program test_graph_tune test_graph_recorders
            test_cli_compile_helper test_run_in_process test_train_train"
    fi
    ;;
*) echo "unknown kind '$kind'" >&2; exit 2 ;;
esac

echo 'int main(void) { return 0; }' |
    "${CC:-cc}" "-fsanitize=$sanitizers" -x c -o /dev/null - 2>/dev/null ||
    { echo "skipped: ${CC:-cc} has no -fsanitize=$sanitizers"; exit 77; }

build=$root/build-$kind
launcher=
command -v ccache >/dev/null && launcher=-DCMAKE_C_COMPILER_LAUNCHER=ccache
generator=
command -v ninja >/dev/null && generator='-G Ninja'
# shellcheck disable=SC2086 # words split on purpose
cmake -S "$root" -B "$build" $generator $launcher -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DCMAKE_C_FLAGS_RELWITHDEBINFO='-O1 -g1' "-DCLNOISE_SANITIZE=$sanitizers" >/dev/null
# shellcheck disable=SC2086 # words split on purpose
cmake --build "$build" --parallel "$(getconf _NPROCESSORS_ONLN)" --target $targets >"$build/build.log" 2>&1 ||
    { cat "$build/build.log" >&2; exit 1; }

. "$root/tools/environment"
export ASAN_OPTIONS="detect_stack_use_after_return=1:strict_string_checks=1:${ASAN_OPTIONS-}"
# PoCL loses what it compiles kernels with, in a program too that releases all it has.
# Objects of OpenCL that we do not release are counted by tests/support/fault_layer.
{ cat "$here/leaks.txt"; echo leak:libpocl; } >"$build/leaks.txt"
export LSAN_OPTIONS="suppressions=$build/leaks.txt:print_suppressions=0:${LSAN_OPTIONS-}"
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS-}"
export TSAN_OPTIONS="suppressions=$here/threads.txt:${TSAN_OPTIONS-}"
cd "$build"
exec ctest --output-on-failure --no-tests=error --parallel 2 "$@" </dev/null
