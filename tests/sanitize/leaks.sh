#!/bin/bash
# Memory that is not given back, by the program as it is built, under LeakSanitizer alone: leaks.sh
# CLNOISE. A run that ends well, ones that fail, one that is interrupted, and what reads a run; workers
# included. Exit 77 where LeakSanitizer cannot be had or does not work.
set -u
clnoise=$(realpath "${1:?usage: leaks.sh CLNOISE}")
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/clnoise-leaks.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
cd "$scratch"
library=$(gcc -print-file-name=liblsan.so 2>/dev/null)
[ -e "$library" ] || { echo 'skipped: no liblsan.so of gcc'; exit 77; }
export LSAN_OPTIONS="suppressions=$here/leaks.txt:print_suppressions=0:log_path=$scratch/report"
export CLNOISE_TUNE=off CLNOISE_SELFTEST=off LC_ALL=C

# A leak that must be found.
printf '#include <stdlib.h>\nint main(void) { volatile char *lost = malloc(77); *lost = 1; lost = 0; return 0; }\n' >leak.c
gcc leak.c -o leak || { echo 'skipped: no gcc'; exit 77; }
LD_PRELOAD=$library ./leak
grep -q '77 byte' report.* 2>/dev/null || { echo 'skipped: LeakSanitizer finds no leak here'; exit 77; }
rm -f report.*

. "$here/../hostfaults/net.sh"
wrong=0
# try CODE ARGUMENTS: the program must end with that code, and leave nothing.
try() {
    local code=$1 found=0
    shift
    LD_PRELOAD=$library "$clnoise" "$@" >out 2>err || found=$?
    check "$code" "$found" "$*"
}

check() {
    if [ "$2" -ne "$1" ]; then
        echo "clnoise $3 ended with $2, not $1:"
        cat err
        wrong=1
    fi
    if ls report.* >/dev/null 2>&1; then
        echo "clnoise $3 did not give back:"
        cat report.*
        rm -f report.*
        wrong=1
    fi
}

try 0 run net.yaml --out whole --quiet --jobs 2
id=$(ls whole/cells | head -n 1)
try 0 resume whole --quiet
try 0 evaluate whole --cell "$id" --quiet
try 0 report whole --out report
try 2 run net.yaml --out none train.epochs=none
try 5 run net.yaml --out none data.train_images=none.npy
try 1 run net.yaml --out diverged --quiet --jobs 1 'models.net.optimizer={sgd: {learning_rate: 1e6}}'
cp -R "$here/../../cl" broken
echo 'this is not OpenCL C' >>broken/softmax.cl
CLNOISE_CL_DIR=broken try 1 run net.yaml --out broken-run --quiet --jobs 1 --retries 0 --cell "$id"

LD_PRELOAD=$library "$clnoise" run net.yaml --out stopped --quiet --jobs 1 train.epochs=100000 >out 2>err &
pid=$! code=0 tries=600
until [ -s stopped/cells/"$(ls stopped/cells 2>/dev/null | head -n 1)"/metrics.jsonl ] || [ $tries = 0 ]; do
    sleep 0.1
    tries=$((tries - 1))
done
kill -TERM $pid
wait $pid || code=$?
check 130 $code 'run, interrupted'
[ $wrong = 0 ] && echo 'nothing was lost in 9 commands'
exit $wrong
