#!/bin/bash
# One sweep of many tiny cells: soak.sh CLNOISE CELLS. What `run` itself holds must not grow with the
# cells, no process may be left over, and the last cells must cost no more than those before. Exit 77
# where there is no /proc to look into.
#
# Looked at, as long as cells are left: its memory, its descriptors, its dead children, its processor
# time and that of its workers. Compared are the cells from a tenth to a half, and the second half.
# Limits: memory may grow by 8 KiB a cell between the two (a cell's results are read to write the
# tables) and 8 MiB (pages that the allocator keeps); descriptors not at all, but for those of
# workers that start or end just now; no dead child may stay for 20 looks. A cell may cost twice as
# much processor time, and all 1 s more, for the tables grow, and are written now and then.
# Processor time, for other programs of the machine take time of the clock.
set -eu
clnoise=$(realpath "${1:?usage: soak.sh CLNOISE CELLS}")
cells=${2:?usage: soak.sh CLNOISE CELLS}
[ -r /proc/self/stat ] || { echo 'skipped: no /proc here'; exit 77; }
scratch=$(mktemp -d "${TMPDIR:-/tmp}/clnoise-soak.XXXXXX")
pid=
trap '[ -z "$pid" ] || kill $pid 2>/dev/null || :; rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
cd "$scratch"
export CLNOISE_TUNE=off LC_ALL=C

# Six images of 2x3 as NumPy writes them, and their labels as IDX.
mkdir files
{
    printf '\223NUMPY\001\000\166\000'
    printf '%-117s\n' "{'descr': '|u1', 'fortran_order': False, 'shape': (6, 2, 3), }"
    for image in 1 2 3; do printf '\001\120\310\370\002\020\100\200\300\350\030\050'; done
} >files/x.npy
printf '\000\000\010\001\000\000\000\006\000\001\002\000\001\002' >files/y
cat >net.yaml <<END
name: soak
data: {train_images: files/x.npy, train_labels: files/y, test_images: files/x.npy, test_labels: files/y}
train: {epochs: 1, batch: 4}
models:
  net:
    layers: [flatten, {dense: {units: 3, activation: softmax}}]
    optimizer: sgd
sweep: {train.seed: [$(seq -s ', ' "$cells")]}
END

began=$(date +%s)
"$clnoise" run net.yaml --quiet --out run >out 2>err &
pid=$!
# A line a look: cells, KiB, descriptors, dead children (,PID,PID...), ticks of its own and of workers.
while kill -0 $pid 2>/dev/null; do
    kib=$(awk '$1 == "VmRSS:" { print $2 }' /proc/$pid/status 2>/dev/null) || break
    [ "$kib" ] || break
    echo "$(find run/cells -name model.safetensors 2>/dev/null | wc -l) $kib $(ls /proc/$pid/fd | wc -l)" \
        ",$(ps --ppid $pid -o pid=,stat= | awk '$2 ~ /^Z/ { printf "%s,", $1 }')" "$(awk '{ print $14 + $15, $16 + $17 }' /proc/$pid/stat)"
    sleep 0.2
done >looks 2>/dev/null
code=0
wait $pid || code=$?
left=0 # they work in this folder, as nothing else does but this script
for process in /proc/[0-9]*; do
    [ "$(readlink "$process/cwd" 2>/dev/null)" != "$scratch" ] ||
        ! tr '\0' ' ' <"$process/cmdline" 2>/dev/null | grep -q ' worker $' || left=$((left + 1))
done
pid=
if [ $code -ne 0 ]; then
    echo "it ended with $code"
    tail -n 5 err
    exit 1
fi
done=$(grep -l '"status":.*"done"' run/cells/*/cell.json | wc -l)
rows=$(sed 1d run/metrics.csv | wc -l)
awk -v cells="$cells" -v done="$done" -v rows="$rows" -v seconds=$(($(date +%s) - began)) \
    -v ticks="$(getconf CLK_TCK)" -v left="$left" '
    function note(part) {
        if (!(part in n)) { from[part] = $1; own[part] = $5; all[part] = $6 }
        n[part]++
        to[part] = $1; own_to[part] = $5; all_to[part] = $6
        if ($2 > kib[part]) kib[part] = $2
        if ($3 > fds[part]) fds[part] = $3
    }
    function trained(part) { return to[part] - from[part] + 1e-9 }
    function own_seconds(part) { return (own_to[part] - own[part]) / ticks }
    function cost(part) {
        return (own_seconds(part) + (all_to[part] - all[part]) / ticks) / trained(part)
    }
    function check(good, what) { if (!good) { print "wrong: " what; bad = 1 } }
    $1 >= cells * .1 && $1 < cells * .5 { note("early") }
    $1 >= cells * .5 && $1 < cells { note("late") }
    {
        count = split($4, dead, ",")
        split("", still)
        for (i = 1; i <= count; i++)
            if (dead[i] != "") {
                still[dead[i]] = looks[dead[i]] + 1
                if (still[dead[i]] > longest) longest = still[dead[i]]
            }
        split("", looks)
        for (child in still) looks[child] = still[child]
    }
    END {
        printf "%d cells, %d s; before half and after: %d and %d KiB, %d and %d descriptors, " \
            "%.3f and %.3f s of processor a cell (the run itself %.4f and %.4f), a dead child for at " \
            "most %d looks\n", done, seconds, kib["early"], kib["late"], fds["early"], fds["late"],
            cost("early"), cost("late"), own_seconds("early") / trained("early"),
            own_seconds("late") / trained("late"), longest
        check(done == cells && rows == cells, "cells that are done, and rows of metrics.csv: " done ", " rows)
        check(n["early"] >= 2 && n["late"] >= 2, "too few looks")
        check(kib["late"] <= kib["early"] + 8 * cells + 8192, "memory grows")
        check(fds["late"] <= fds["early"] + 4, "descriptors grow")
        check(longest < 20, "a dead child stays")
        check(cost("late") <= 2 * cost("early") + 1 / trained("late"), "cells cost more and more")
        check(left == 0, "workers are left over")
        exit bad
    }' looks
