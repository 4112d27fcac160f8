#!/bin/sh
# The committed run of sweep.yaml lies within the notebook's bands, and compare_notebook notices when
# a run does not: one that is a copy with a figure changed, or a row taken out.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
metrics=$root/experiments/results/notebook/metrics.csv
tmp=$(mktemp -d "${TMPDIR:-/tmp}/clnoise-notebook.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
failed=0
fail() { echo "$*"; failed=1; }
compare() { "$root/tools/compare_notebook" "$1" >"$tmp/out" 2>&1; }

compare "$metrics" || { cat "$tmp/out"; fail 'the committed run is out of the bands'; }

awk -F, -v OFS=, '$2 == "mlp" && $3 == 0.5 && $5 == 20 { $9 -= 0.05 } { print }' "$metrics" \
    >"$tmp/worse.csv"
compare "$tmp/worse.csv" && fail 'a figure out of its band passes'
grep -q 'mlp *0\.5 .*OUT' "$tmp/out" || fail 'the figure out of its band is not marked'

awk -F, '!($2 == "convnet" && $3 == 4)' "$metrics" >"$tmp/fewer.csv"
compare "$tmp/fewer.csv" && fail 'a missing cell passes'

awk -F, -v OFS=, '$2 == "convnet" && $3 == 0 && $5 == 1 { $6 += 0.1 } { print }' "$metrics" \
    >"$tmp/loss.csv"
compare "$tmp/loss.csv" && fail 'a first loss out of its band passes'

compare "$tmp/none.csv"
[ $? = 6 ] || fail 'a missing file is not refused with 6'
exit $failed
