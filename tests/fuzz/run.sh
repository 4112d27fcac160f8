#!/bin/sh
# Fuzzes each target, or those named, for so many seconds of processor time, however long they take on a
# busy machine; prints a line each: executions, seconds of both kinds, inputs that led somewhere new,
# findings. Fails if anything is found.
#
#   tests/fuzz/run.sh BUILD SECONDS [PARSER...]
#
# BUILD is what build.sh has built. What the fuzzer learns stays in
# BUILD/corpus, what it finds comes into BUILD/findings: to be mended, and kept, made small
# (BUILD/tests/fuzz/fuzz_PARSER -minimize_crash=1 FILE), in tests/fuzz/corpus/PARSER.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(mkdir -p "$1" && cd "$1" && pwd)
seconds=$2
shift 2
[ $# -gt 0 ] || set -- $(cd "$here" && ls fuzz_*.c | sed 's/^fuzz_//; s/\.c$//')
TMPDIR=${TMPDIR:-$( [ -d /dev/shm ] && echo /dev/shm || echo /tmp )}
# Fontconfig keeps its tables: see tests/sanitize.
LSAN_OPTIONS="suppressions=$here/../sanitize/leaks.txt:print_suppressions=0:${LSAN_OPTIONS-}"
export TMPDIR LSAN_OPTIONS
# Files of the user's own are looked for from here.
mkdir -p "$build/findings" "$build/empty"
cd "$build/empty"
failed=0

# Sets `used` to the seconds of processor time, user and system, of what was run so far. Not in a
# subshell, which would count its own.
count_used() {
    times >"$log.times"
    used=$(awk 'NR == 2 { gsub(/[ms]/, " "); print int($1 * 60 + $2 + $3 * 60 + $4) }' \
        "$log.times")
}

# Whether what was found is one input that took long because the processor was not there for it.
is_none() {
    one=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
    case $one in
    "$build/findings/$parser-timeout-"*) ;;
    *) return 1 ;;
    esac
    "$build/tests/fuzz/fuzz_$parser" -timeout=10 "$one" >"$log.again" 2>&1 && rm -f "$one"
}

for parser; do
    if [ ! -x "$build/tests/fuzz/fuzz_$parser" ]; then
        echo "skipped: $build/tests/fuzz/fuzz_$parser has not been built"
        exit 77
    fi
    log=$build/findings/$parser.log
    mkdir -p "$build/corpus/$parser"
    count_used
    begun=$(date +%s) used_before=$used ran=0 found=
    known=$(ls "$build/corpus/$parser" | wc -l)
    # The fuzzer counts seconds that pass: what the processor did not have for it is asked for again.
    while left=$((seconds - used + used_before)) && [ "$left" -gt 1 ] && [ ! "$found" ]; do
        # Memory is to be taken for what is there, not for what a header says: 256 MB at once is a
        # finding, and so is an input of 64 KiB or less that takes more than ten seconds.
        "$build/tests/fuzz/fuzz_$parser" -max_total_time="$left" -max_len=65536 -len_control=200 \
            -timeout=10 -malloc_limit_mb=256 -rss_limit_mb=1024 -print_final_stats=1 \
            -artifact_prefix="$build/findings/$parser-" "$build/corpus/$parser" \
            "$here/corpus/$parser" >"$log" 2>&1 || is_none || found='failed, see '$log
        ran=$((ran + $(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | grep . || echo 0)))
        [ ! "$found" ] || {
            failed=1
            summary=$(sed -n 's/^SUMMARY: //p' "$log" | tail -n 1)
            found=${summary:-$found}
        }
        count_used
    done
    echo "$parser: $ran executions, $(($(date +%s) - begun)) s," \
        "$((used - used_before)) s of them processor time," \
        "$(($(ls "$build/corpus/$parser" | wc -l) - known)) new inputs, ${found:-nothing found}"
done
exit $failed
