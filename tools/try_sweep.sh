# Read by tools/try_parallel and tools/try_slurm: a small sweep, run whole in one process, and the
# comparison with what others make of it. Leaves $clnoise, $scratch and $scratch/sweep.yaml.

root=$(cd "$(dirname "$0")/.." && pwd)
clnoise=${CLNOISE:-$root/build/clnoise}
[ -x "$clnoise" ] || { echo "no program $clnoise: run tools/setup, or name it in \$CLNOISE" >&2; exit 1; }
for program in $needs; do
    command -v "$program" >/dev/null || { echo "skipped: $program is not installed"; exit 77; }
done
. "$root/tests/support/data_set.sh"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/clnoise-sweep.XXXXXX")

cat >"$scratch/sweep.yaml" <<EOF
name: spread
data: {dataset: $set, train_limit: 400, test_limit: 100}
train: {epochs: 3, batch: 64}
models:
  one:
    layers: [flatten, {dense: {units: 10, activation: softmax}}]
    optimizer: {sgd: {learning_rate: 0.1}}
  two:
    layers: [flatten, {dense: {units: 32, activation: relu}}, {dense: {units: 10, activation: softmax}}]
    optimizer: {adam: {learning_rate: 0.003}}
sweep: {model: [one, two], noise.scale: [0, 0.5], seeds: 2}
EOF

run_alone() {
    "$clnoise" run "$scratch/sweep.yaml" --out "$scratch/alone" --quiet >/dev/null
}

# Tables and weights of $scratch/whole are the bytes of those of $scratch/alone.
compare() {
    (
        cd "$scratch"
        for file in metrics.csv metrics.jsonl; do
            cmp "alone/$file" "whole/$file"
        done
        for cell in alone/cells/*; do
            for file in metrics.jsonl model.safetensors; do
                cmp "$cell/$file" "whole/cells/${cell##*/}/$file"
            done
        done
        ls alone/cells >names
        ls whole/cells | diff names -
        echo "$(wc -l <names | tr -d ' ') cells, the same bytes as of a single run"
    )
}
