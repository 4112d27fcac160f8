#!/bin/bash
# Makes one call after another fail in a command that prints something:
#
#   command.sh FAULTS WHICH KIND HOW COMMAND...
#
# FAULTS is clnoise_faults, COMMAND what it is given; KIND and HOW are described in inject.h; WHICH is
# `all` or `places`, the first and the last call that came through the same functions. After each
# fault: the same is printed as without one and the exit code is 0, or it is one of README.md's and a line that
# begins "clnoise: " names what failed; nothing is left that was taken.
set -u
usage='usage: command.sh FAULTS WHICH KIND HOW COMMAND...'
faults=$(realpath "${1:?$usage}") which=${2:?$usage} kind=${3:?$usage} how=${4:?$usage}
shift 4
scratch=$(mktemp -d "${TMPDIR:-/tmp}/clnoise-faults.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
unset CLNOISE_FAULT CLNOISE_FAULT_LOG CLNOISE_FAULT_LEFT
export LC_ALL=C

CLNOISE_FAULT="run $kind 0 once" CLNOISE_FAULT_LOG=$scratch/log "$faults" "$@" >"$scratch/right" ||
    { echo "cannot run $*"; exit 1; }
case $which in
all) awk '{ print $1 }' "$scratch/log" ;;
*) awk '{ if (!($3 in first)) first[$3] = $1; last[$3] = $1 }
        END { for (p in first) { print first[p]; if (last[p] != first[p]) print last[p] } }' "$scratch/log" ;;
esac | sort -nu >"$scratch/wanted"

tried=0 survived=0 unharmed=0
while read -r at; do
    rm -f "$scratch/hit" "$scratch/left"
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
