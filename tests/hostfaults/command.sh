#!/bin/bash
# Makes one call after another fail in a command that prints something:
#
#   command.sh FAULTS WHICH KIND HOW COMMAND...
#
# FAULTS is clnoise_faults, COMMAND what it is given; KIND and HOW are described in inject.h; WHICH is
# `all`, `places` (the first and the last call that came through the same functions), or NAME,NAME...:
# calls of those functions. After each fault: the same is printed as without one and the exit code is 0, or it
# is one of README.md's and a line that begins "clnoise: " names what failed; nothing is left that was taken.
#
# A COMMAND finds net.yaml in its folder, two runs of one cell each, 1 and 2, and as `cell` that of the first. Two
# are short for longer ones:
# `merge` joins the runs into a third, which is then the same as without the fault; or the folder is no run
# yet, and is one once the command is repeated. `again` goes on with a run that is done and whose config.yaml an
# older version has written.
set -u
usage='usage: command.sh FAULTS WHICH KIND HOW COMMAND...'
here=$(cd "$(dirname "$0")" && pwd)
faults=$(realpath "${1:?$usage}") which=${2:?$usage} kind=${3:?$usage} how=${4:?$usage}
shift 4
scratch=$(mktemp -d "${TMPDIR:-/tmp}/clnoise-faults.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
unset CLNOISE_FAULT CLNOISE_FAULT_LOG CLNOISE_FAULT_LEFT
export LC_ALL=C
cd "$scratch"

export CLNOISE_TUNE=off
. "$here/net.sh"
for share in 1 2; do
    CLNOISE_FAULT_REPORT=off "$faults" run net.yaml --out "$share" --quiet --shard "$share/2" >/dev/null || exit 1
done
ln -s 1/cells/* cell
merges=
case "$*" in
merge)
    merges=1
    set -- report 1 2 --out made ;;
again)
    export CLNOISE_FAULT_REPORT=off
    sed 's/, clip: false//' 1/config.yaml >older && cp older 1/config.yaml
    set -- run net.yaml --out 1 --quiet --shard 1/2 ;;
esac

# What is wrong with the folder that a command has made, or may have made in part.
judge_made() {
    [ -e made/config.yaml ] || "$faults" "$@" >/dev/null 2>&1 || { echo 'it cannot be repeated'; return; }
    diff -r right-made/cells made/cells >/dev/null || echo 'it has made something else'
    [ "$code" != 0 ] || [ "$(cd made && find . | sort)" = "$(cd right-made && find . | sort)" ] ||
        echo 'it has left something out'
}

CLNOISE_FAULT="run $kind 0 once" CLNOISE_FAULT_LOG=$scratch/log "$faults" "$@" >"$scratch/right" ||
    { echo "cannot run $*"; exit 1; }
[ -z "$merges" ] || mv made right-made
case $which in
all) awk '{ print $1 }' "$scratch/log" ;;
places) awk '{ if (!($3 in first)) first[$3] = $1; last[$3] = $1 }
        END { for (p in first) { print first[p]; if (last[p] != first[p]) print last[p] } }' "$scratch/log" ;;
*) awk -v names=",$which," 'index(names, "," $2 ",") { print $1 }' "$scratch/log" ;;
esac | sort -nu >"$scratch/wanted"

tried=0 survived=0 unharmed=0
while read -r at; do
    rm -rf "$scratch/hit" "$scratch/left" made
    CLNOISE_FAULT="run $kind $at $how" CLNOISE_FAULT_LOG=$scratch/hit CLNOISE_FAULT_LEFT=$scratch/left \
        timeout 120 "$faults" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
    code=$? wrong=
    tried=$((tried + 1))
    case $code in
    0)
        cmp -s "$scratch/right" "$scratch/out" || wrong='it prints something else and exits with 0'
        unharmed=$((unharmed + 1)) ;;
    [13456])
        ! grep -qv '^clnoise: ' "$scratch/err" || wrong='it says more than its own lines'
        case $kind in
        memory) grep -q memory "$scratch/err" || wrong='it does not say that memory is out' ;;
        *) grep -q '^clnoise: ' "$scratch/err" || wrong='it says nothing' ;;
        esac ;;
    *) wrong="it ends with $code" ;;
    esac
    [ -z "$merges" ] || [ "$wrong" ] || wrong=$(judge_made "$@")
    [ ! -s "$scratch/left" ] || wrong="not given back: $(sort "$scratch/left" | uniq -c | head -5)"
    if [ "$wrong" ]; then
        echo "$kind $how, call $(cat "$scratch/hit" 2>/dev/null || echo "$at"): $wrong"
        sed 's/^/    /' "$scratch/err"
        diff "$scratch/right" "$scratch/out" | head -5
    else
        survived=$((survived + 1))
    fi
done <"$scratch/wanted"
echo "$*, $kind, $how: $(wc -l <"$scratch/log") calls, $tried tried, $survived survived, $unharmed unharmed"
[ "$tried" -gt 0 ] && [ "$survived" = "$tried" ]
