#!/bin/sh
# A small run's records, read by the programs others read them with: records.sh CLNOISE. And that
# the check would notice: weights, scalars and rows that were changed do not pass.
set -u
clnoise=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
python=${CLNOISE_PYTHON:-python3}
"$python" -c 'import numpy, pandas, yaml, torch, safetensors, tensorboard' 2>/dev/null || {
    echo 'skipped: $CLNOISE_PYTHON (python3) lacks numpy, pandas, PyYAML, torch, safetensors or tensorboard'
    exit 77
}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/clnoise-records.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
CLNOISE_DATA=${CLNOISE_DATA:-$root/data:$root/../shared/data}
export CLNOISE_DATA
"$clnoise" run "$root/experiments/quick.yaml" 'sweep.noise.scale=[0, 0.5]' data.train_limit=1280 \
    --out "$tmp/run" --quiet >/dev/null || exit 1
"$python" "$root/tools/check_records" "$tmp/run" --clnoise "$clnoise"
code=$?
[ $code = 0 ] || exit $code

# Each breaks one thing; what the check says of it must have these words.
notices() {
    said=$("$python" "$root/tools/check_records" "$tmp/run" --clnoise "$clnoise" --only "$1" 2>&1)
    [ $? = 1 ] || { echo "passes, though broken: $2"; exit 1; }
    case $said in *"$2"*) ;; *) echo "not noticed: $2"; echo "$said"; exit 1 ;; esac
}
# What Python takes for a number and pandas does not.
mv "$tmp/run/metrics.csv" "$tmp/metrics.csv"
sed '2s/\(,[0-9]*\.[0-9]\)\([0-9]\)/\1_\2/' "$tmp/metrics.csv" >"$tmp/run/metrics.csv"
notices pandas 'loss of metrics.csv are no numbers'
mv "$tmp/metrics.csv" "$tmp/run/metrics.csv"
mv "$tmp/run/metrics.jsonl" "$tmp/metrics.jsonl"
sed 's/"val_loss":\([0-9]\)\.\([0-9]\)/"val_loss":\1.9\2/' "$tmp/metrics.jsonl" >"$tmp/run/metrics.jsonl"
notices tensorboard ': val_loss'
mv "$tmp/metrics.jsonl" "$tmp/run/metrics.jsonl"
rm -r "$(ls -d "$tmp"/run/tensorboard/* | head -n 1)"
notices tensorboard 'tensorboard/ has the cells'
