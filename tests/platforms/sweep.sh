#!/bin/sh
# sweep.sh CLNOISE: one run whose cells are trained on PoCL and on Intel's runtime at the same time.
#
#   - each platform trains some of the cells, each cell once;
#   - what PoCL trained is the same bytes as in a run on PoCL alone, what Intel's runtime trained agrees
#     with it as compare_cells.py says;
#   - a platform that goes away while the run is on is set aside, though its devices' indices shift those
#     of the others, and its cells are trained by the other;
#   - a run broken off on both goes on with both, and on one of them.
#
# Exit 77 where one of the two is not installed, or no data set can be had.
set -eu
clnoise=$(cd "$(dirname "${1:?usage: sweep.sh CLNOISE}")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
skip() { echo "skipped: $*"; exit 77; }
fail() { echo "$*"; cat "$scratch/log" "$scratch/table" 2>/dev/null; exit 1; }

command -v python3 >/dev/null || skip 'no python3'
intel=${CLNOISE_PLATFORMS:?}/intel/lib/libintelocl.so
[ -f "$intel" ] || skip "Intel's runtime is not installed: no $intel"
pocl=
for icd in "${OCL_ICD_VENDORS:-/etc/OpenCL/vendors}"/pocl*.icd; do
    [ ! -f "$icd" ] || pocl=$icd
done
[ "$pocl" ] || skip 'PoCL is not installed'
mkdir "$scratch/icd" "$scratch/alone"
cp "$pocl" "$scratch/icd/pocl.icd"
cp "$pocl" "$scratch/alone/pocl.icd"
plug_in() { printf '%s\n' "$intel" >"$scratch/icd/intel.icd"; } # read before pocl.icd: index 0
plug_in
OCL_ICD_VENDORS=$scratch/icd/
export OCL_ICD_VENDORS
"$clnoise" devices >"$scratch/log" 2>&1
grep -q '^0: ' "$scratch/log" && grep -q '^1: ' "$scratch/log" || skip 'not two devices here'

. "$here/../support/data_set.sh"

cat >"$scratch/tiny.yaml" <<END
name: together
data: {dataset: $set, train_limit: 16, test_limit: 8}
train: {epochs: 2, batch: 8}
models:
  convnet:
    layers: [{conv2d: {filters: 4, kernel: 3, activation: relu}}, {max_pool2d: {size: 2}},
      {dropout: 0.25}, flatten, {dense: {units: 10, activation: softmax}}]
    optimizer: {adadelta: {learning_rate: 0.001, rho: 0.95, epsilon: 1.0e-7}}
  mlp:
    layers: [flatten, {dense: {units: 32, activation: relu}}, {dropout: 0.2},
      {dense: {units: 10, activation: softmax}}]
    optimizer: {rmsprop: {learning_rate: 0.001, rho: 0.9, epsilon: 1.0e-7}}
sweep: {model: [convnet, mlp], noise.scale: [0, 0.5, 1], train.seed: [1, 2]}
END

# run_on_all DIR [OVERRIDE ...]: on all devices there are; replaces this shell.
run_on_all() {
    out=$1
    shift
    exec "$clnoise" run "$scratch/tiny.yaml" "$@" --device all --jobs 1 --out "$out" \
        >"$scratch/table" 2>"$scratch/log"
}

# on WORD DIR: how many finished cells of the run a platform with that word in its name trained.
on() {
    python3 -c '
import json, sys
cells = json.load(open(sys.argv[2] + "/summary.json"))["cells"]
print(sum(c["status"] == "done" and sys.argv[1] in (c["device"]["platform"] or "") for c in cells))
' "$@"
}

# Both at once.
(run_on_all "$scratch/both") || fail 'a run on both platforms failed'
a=$(on Portable "$scratch/both") b=$(on Intel "$scratch/both")
echo "PoCL trained $a cells, Intel's runtime $b"
[ "$a" -gt 0 ] && [ "$b" -gt 0 ] && [ $((a + b)) = 12 ] || fail 'a platform trained nothing'
OCL_ICD_VENDORS=$scratch/alone/ "$clnoise" run "$scratch/tiny.yaml" --jobs 1 --quiet \
    --out "$scratch/one" >"$scratch/table" 2>"$scratch/log" || fail 'a run on PoCL alone failed'
python3 "$here/compare_cells.py" "$scratch/one" "$scratch/both"
for cell in "$scratch"/both/cells/*; do
    grep -q 'Portable Computing' "$cell/cell.json" || continue
    for file in metrics.jsonl model.safetensors; do
        cmp "$cell/$file" "$scratch/one/cells/$(basename "$cell")/$file"
    done
done

# One that goes away once it has trained a cell: its driver is not to be loaded any more.
run_on_all "$scratch/gone" train.epochs=40 &
run=$!
until grep -qs '"platform":.*Intel' "$scratch"/gone/cells/*/cell.json || ! kill -0 $run 2>/dev/null; do
    sleep 0.1
done
echo /nowhere/libintelocl.so >"$scratch/icd/intel.icd"
wait $run || fail 'a run did not survive that a platform went away'
grep -q 'device 0 .* is set aside, its cells go to the others: .* is gone' "$scratch/log" ||
    fail 'nobody said that a device is set aside'
b=$(on Intel "$scratch/gone")
echo "before it went away Intel's runtime trained $b"
[ $(($(on Portable "$scratch/gone") + b)) = 12 ] || fail 'cells were lost'
plug_in

# Broken off on both; goes on with both, then with one.
epochs() { cat "$scratch"/broken/cells/*/metrics.jsonl 2>/dev/null | wc -l; }

for time in 1 2; do
    run_on_all "$scratch/broken" train.epochs=200 &
    run=$!
    before=$(epochs)
    while kill -0 $run 2>/dev/null && [ "$(epochs)" -lt $((before + 60)) ]; do
        sleep 0.1
    done
    kill -INT $run 2>/dev/null || true
    status=0
    wait $run || status=$?
    [ $status = 130 ] || fail "ended with $status instead of being broken off"
done
OCL_ICD_VENDORS=$scratch/alone/ "$clnoise" resume "$scratch/broken" --quiet >"$scratch/table" \
    2>"$scratch/log" || fail 'what was broken off on both did not go on with one'
[ $(($(on Portable "$scratch/broken") + $(on Intel "$scratch/broken"))) = 12 ] || fail 'cells were lost'
[ "$(epochs)" = 2400 ] || fail 'epochs were lost, or are there twice'
echo 'broken off twice on both, finished on PoCL'
