#!/bin/bash
# Clocks that jump in the middle of a run: clock.sh FAULTS, which is clnoise_faults (inject.h).
#
# A day forward and a day back, for clocks that can be set; a day forward for all clocks, as for a
# machine that slept. The run must not take its workers for hung or late, must end with the same
# bytes, and no time that it tells may be negative; where it was the clock of the day alone, none may
# tell of the jump. A worker that hangs after the jump is still noticed.
set -u
faults=$(realpath "${1:?usage: clock.sh FAULTS}")
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/clnoise-clock.XXXXXX")
pid=
trap '[ -z "$pid" ] || kill -9 $pid 2>/dev/null; rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
cd "$scratch"
unset CLNOISE_FAULT CLNOISE_FAULT_CLOCK CLNOISE_VARIANT CLNOISE_FUSION
export CLNOISE_TUNE=off CLNOISE_SELFTEST=off LC_ALL=C
. "$here/net.sh"
options='--quiet --jobs 1 --retries 0 --heartbeat 20 --cell-timeout 600'
look=40 # of a worker, at a clock: while it trains
wrong=0

complain() {
    echo "$1"
    wrong=1
}

same() {
    local file cell
    cmp whole/metrics.csv "$1/metrics.csv" || return 1
    for cell in whole/cells/*; do
        for file in metrics.jsonl model.safetensors; do
            cmp "$cell/$file" "$1/cells/${cell##*/}/$file" || return 1
        done
    done
}

# jump NAME WHICH SECONDS LONGEST: no epoch may seem longer.
jump() {
    CLNOISE_FAULT_CLOCK="$2 $3 $look $scratch/$1.jumped" "$faults" run net.yaml --out "$1" $options \
        >/dev/null 2>err || complain "$1: it ended with $?"
    [ -e "$1.jumped" ] || complain "$1: the clock did not jump"
    [ ! -s err ] || complain "$1: it says: $(cat err)"
    same "$1" || complain "$1: other bytes"
    awk -F, -v longest="$4" 'NR > 1 && !($NF >= 0 && $NF <= longest) { print; bad = 1 }
        END { exit bad || NR < 2 }' "$1/timings.csv" || complain "$1: an epoch's time is wrong"
    ! grep -E '"[a-z_]*seconds": *-' "$1"/cells/*/cell.json "$1/summary.json" ||
        complain "$1: a time is negative"
}

# The worker stops right after the jump, having said something: it must be killed for that as soon as
# any other time.
hang() {
    local tries=300
    CLNOISE_FAULT_CLOCK="hang 86400 $look $scratch/hang.jumped" "$faults" run net.yaml --out hang --quiet \
        --jobs 1 --retries 1 --heartbeat 3 train.epochs=100000 >/dev/null 2>err &
    pid=$!
    until grep -q 'made no step for 3 s' err || [ $tries = 0 ]; do
        sleep 0.1
        tries=$((tries - 1))
    done
    if [ $tries != 0 ]; then
        kill -TERM $pid
    else
        complain "hang: after the jump nobody noticed that a worker hung: $(cat err)"
        kill -KILL $(ps -A -o pid=,ppid= | awk -v run=$pid '$2 == run { print $1 }') $pid
    fi
    wait $pid
    pid=
}

"$faults" run net.yaml --out whole $options >/dev/null 2>err || { cat err; exit 1; }
jump forward set 86400 60
jump back set -86400 60
jump slept all 86400 86460
hang
[ $wrong = 0 ] && echo 'a day forward, a day back, a day asleep, a hang after it: all went well'
exit $wrong
