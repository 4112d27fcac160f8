#!/bin/bash
# Makes one call of the program after another fail, and looks at what comes of it:
#
#   torture.sh FAULTS START WHICH ROLE KIND HOW
#
# FAULTS is clnoise_faults, whose faults are described in inject.h, as are ROLE, KIND and HOW. START:
# fresh (a run in a new folder), half (going on with a run of which one cell is done and the other has a
# checkpoint), derive (the report of a run that is done is written as `run` ends). WHICH: all calls,
# places (the first and the last call that came through the same functions), a number: so many of
# them, spread evenly, or FROM-TO: all calls of that range.
#
# After each fault: the exit code is one of README.md's, or that of the kill; what is said is lines
# that begin "clnoise: " and name what failed; nothing is left that was taken; cells that were done
# stay as they were; and going on ends in the same bytes as a run that nobody disturbed. Folders that
# differ in times and in the words of an error alone are gone on with once.
set -u
usage='usage: torture.sh FAULTS START WHICH ROLE KIND HOW'
faults=$(realpath "${1:?$usage}") start=${2:?$usage} which=${3:?$usage}
here=$(cd "$(dirname "$0")" && pwd)
role=${4:?$usage} kind=${5:?$usage} how=${6:?$usage}
jobs=${JOBS:-2}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/clnoise-faults.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
cd "$scratch"
unset CLNOISE_FAULT CLNOISE_FAULT_LOG CLNOISE_FAULT_LEFT CLNOISE_VARIANT CLNOISE_FUSION
export CLNOISE_TUNE=off LC_ALL=C faults start role kind how scratch
[ "$start" = derive ] || export CLNOISE_FAULT_REPORT=off

mkdir points states
. "$here/net.sh"
options='--quiet --retries 0 --heartbeat 10 --jobs 1 --checkpoint-minutes 0.000001'

# What a run starts from, in the folder $1.
begin() {
    case $start in
    half | derive) cp -Rp "$scratch/$start" "$1" ;;
    esac
}

# The run in the folder $1: as it begins in a new folder, or goes on.
go() {
    if [ -e "$1/config.yaml" ]; then
        timeout 300 "$faults" resume "$1" $options
    else
        timeout 300 "$faults" run "$scratch/net.yaml" --out "$1" $options
    fi
}

prepare() {
    "$faults" run net.yaml --out whole $options >/dev/null 2>err || { cat err; return 1; }
    ls -A whole/cells >cells
    [ "$start" != derive ] || cp -Rp whole derive
    [ "$start" = half ] || return 0
    "$faults" run net.yaml --out half $options --cell "$(head -n 1 cells)" >/dev/null
    # The worker of the other is killed when it is about to write down its second epoch.
    CLNOISE_FAULT='worker file 0 once' CLNOISE_FAULT_LOG=$PWD/log "$faults" run net.yaml --out count \
        $options --cell "$(tail -n 1 cells)" >/dev/null
    local at
    at=$(awk '$2 == "open" && $4 ~ /metrics.jsonl$/ { n = $1 } END { print n }' log)
    rm -f log
    CLNOISE_FAULT="worker file $at kill" CLNOISE_FAULT_LOG=$PWD/log "$faults" resume half $options \
        >/dev/null 2>&1
    [ -e "half/cells/$(tail -n 1 cells)/checkpoint-0" ]
}

# Of what is done: which files there are.
done_cells() {
    for cell in "$1"/cells/*; do
        ! grep -q '"status":.*"done"' "$cell/cell.json" 2>/dev/null ||
            stat -c '%i %Y' "$cell/model.safetensors" "$cell/metrics.jsonl"
    done
}

# What decides how it is gone on with the folder $1: names of files, and what is in them.
state_of() {
    find "$1" | sort
    find "$1" -type f -print0 | sort -z |
        xargs -0 -r sed -E -e '/^\t+"(message|detail|seconds|started|epoch_seconds)":/d' -e '/^process [0-9]+ on /d'
}

same() {
    while read -r cell; do
        for file in metrics.jsonl model.safetensors; do
            cmp "$scratch/whole/cells/$cell/$file" "r/cells/$cell/$file" || return 1
        done
        diff <(ls -A "$scratch/whole/cells/$cell") <(ls -A "r/cells/$cell") || return 1
    done <"$scratch/cells"
    diff <(ls -A "$scratch/whole") <(ls -A r)
}

complain() {
    {
        echo "$role $kind $how, start $start, call $( ([ -e log ] && head -n 1 log) || echo "$1"): $2"
        sed 's/^/    /' err
    } >>"$scratch/failures"
}

# A message must say what failed: memory, or the name of the file or whatever it was.
named() {
    local name subject
    [ "$kind" != memory ] || { grep -q -e memory -e thread err; return; }
    while read -r _ name subject; do
        subject=${subject##*/}
        subject=${subject#.unfinished-}
        [ -n "$subject" ] && grep -q -w -F -e "${subject%.??????}" err && return
        grep -q -w -e "${name#posix_}" -e pipe -e worker err && return
    done <log
    return 1
}

try() {
    local at=$1 code=0 before
    mkdir "points/$at" && cd "points/$at" || exit 1
    begin r
    CLNOISE_FAULT="$role $kind $at $how" CLNOISE_FAULT_LOG=$PWD/log CLNOISE_FAULT_LEFT=$PWD/left \
        go r >out 2>err || code=$?
    case $how:$role:$code in
    kill:run:137 | torn:run:137) ;;
    *:0) ;;
    *:[13456]) 
        grep -v '^clnoise: ' err >/dev/null && complain "$at" "it says more than its own lines"
        grep -q '^clnoise: ' err || complain "$at" "it ended with $code and said nothing"
        [ "$how" = kill ] || [ "$how" = torn ] || named || complain "$at" "what failed is not named" ;;
    *) complain "$at" "it ended with $code" ;;
    esac
    [ ! -s left ] || complain "$at" "not given back: $(sort left | uniq -c | head -5)"
    [ -e log ] || echo "$at" >>"$scratch/missed"
    if mkdir "$scratch/states/$(state_of r 2>/dev/null | sha256sum | cut -c 1-64)" 2>/dev/null; then
        done_cells r >before
        go r >out 2>err || complain "$at" "it cannot be gone on with"
        done_cells r >after
        [ -z "$(diff before after | grep '^<')" ] || complain "$at" "a cell that was done was written again"
        same >err 2>&1 || complain "$at" "other bytes"
    fi
    echo "$code" >>"$scratch/codes"
    cd ../.. && rm -rf "points/$at"
}
export -f begin go done_cells state_of same complain named try
export options

prepare || { echo 'cannot prepare the runs'; exit 1; }
begin count0
CLNOISE_FAULT="$role $kind 0 once" CLNOISE_FAULT_LOG=$PWD/log go count0 >/dev/null 2>err ||
    { cat err; exit 1; }
case $which in
all) awk '{ print $1 }' log ;;
*-*) awk -v from="${which%-*}" -v to="${which#*-}" '$1 >= from && $1 <= to { print $1 }' log ;;
*) awk '{ if (!($3 in first)) first[$3] = $1; last[$3] = $1 }
        END { for (p in first) { print first[p]; if (last[p] != first[p]) print last[p] } }' log ;;
esac | sort -nu >wanted
case $which in
all | places | *-*) ;;
*)
    awk -v want="$which" '{ line[NR] = $0 }
        END { for (i = 0; i < want && i < NR; i++) print line[int(i * NR / (want < NR ? want : NR)) + 1] }' wanted >some
    mv some wanted
    ;;
esac
touch failures missed codes
xargs -P "$jobs" -I '{}' bash -c 'try {}' <wanted
printf '%s of %s, %s, %s: %d calls (%d places), %d tried, %d survived, %d not reached, %d states gone on with; exit codes:' \
    "$start" "$role" "$kind" "$how" "$(wc -l <log)" "$(awk '{ print $3 }' log | sort -u | wc -l)" \
    "$(wc -l <wanted)" "$(($(wc -l <codes) - $(grep -c '^[a-z]' failures)))" "$(wc -l <missed)" \
    "$(ls states | wc -l)"
sort codes | uniq -c | awk '{ printf " %s (%d)", $2, $1 } END { print "" }'
cat failures
[ ! -s failures ]
