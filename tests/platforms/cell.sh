#!/bin/sh
# cell.sh CLNOISE: both nets of the notebook, narrow, trained for four steps on every OpenCL
# implementation that is here: the noise's hash is the same bytes, losses and weights agree as
# compare_cells.py says. Exit 77 where there are not two of them, or no data set.
set -eu
clnoise=$(cd "$(dirname "${1:?usage: cell.sh CLNOISE}")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
command -v python3 >/dev/null || { echo 'skipped: no python3'; exit 77; }

. "$here/../support/data_set.sh"

cat >"$scratch/tiny.yaml" <<EOF
name: platforms
data: {dataset: $set, train_limit: 16, test_limit: 8}
noise: {scale: 0.5}
train: {epochs: 2, batch: 8, seed: 1}
models:
  convnet:
    layers: [{conv2d: {filters: 4, kernel: 3, activation: relu}},
      {conv2d: {filters: 8, kernel: 3, activation: relu}}, {max_pool2d: {size: 2}}, {dropout: 0.25},
      flatten, {dense: {units: 16, activation: relu}}, {dropout: 0.5},
      {dense: {units: 10, activation: softmax}}]
    optimizer: {adadelta: {learning_rate: 0.001, rho: 0.95, epsilon: 1.0e-7}}
  mlp:
    layers: [flatten, {dense: {units: 32, activation: relu}}, {dropout: 0.2},
      {dense: {units: 32, activation: relu}}, {dropout: 0.2}, {dense: {units: 10, activation: softmax}}]
    optimizer: {rmsprop: {learning_rate: 0.001, rho: 0.9, epsilon: 1.0e-7}}
sweep: {model: [convnet, mlp]}
EOF

noise_hash() {
    python3 -c 'import json, sys; print(json.load(sys.stdin)["noise_hash"])'
}

first= count=0 failed=0
for platform in pocl intel oclgrind; do
    status=0
    sh "$here/on.sh" "$platform" "$clnoise" selftest --brief --json --quiet \
        >"$scratch/selftest" || status=$?
    [ $status != 77 ] || { cat "$scratch/selftest"; continue; }
    [ $status = 0 ] || { cat "$scratch/selftest"; echo "$platform: selftest ended with $status"; exit 1; }
    hash=$(noise_hash <"$scratch/selftest")
    sh "$here/on.sh" "$platform" "$clnoise" run "$scratch/tiny.yaml" --out "$scratch/$platform" \
        --heartbeat 0 --jobs 1 --quiet >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
    count=$((count + 1))
    echo "$platform: noise $hash"
    if [ -z "$first" ]; then
        first=$platform first_hash=$hash
        continue
    fi
    [ "$hash" = "$first_hash" ] || { echo "$platform and $first draw different noise"; failed=1; }
    echo "$platform beside $first:"
    python3 "$here/compare_cells.py" "$scratch/$first" "$scratch/$platform" || failed=1
done
[ $count -ge 2 ] || { echo "skipped: $count OpenCL implementations"; exit 77; }
exit $failed
