#!/bin/bash
# Runs are killed without a word at random moments, gone on with, and must end with the same bytes
# as one that nobody disturbed: kill.sh CLNOISE KILLS [SEED [SECONDS]]. Exit 77 where no data set can
# be had.
#
# A kill hits the run and its workers, as when a machine loses power, or the run alone, whose worker
# then notices, or a worker alone, whom the run replaces. Moments are spread evenly over the time a
# run takes (or SECONDS), kernels being loaded included, so that every file is at some time
# half-written.
set -eu
clnoise=$(cd "$(dirname "${1:?usage: kill.sh CLNOISE KILLS [SEED [SECONDS]]}")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
kills=${2:?usage: kill.sh CLNOISE KILLS [SEED [SECONDS]]}
seed=${3:-$$}
set -m # each run is a process group; what other shells do only at a terminal

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
CLNOISE_TUNE=off
export CLNOISE_TUNE

. "$here/../support/data_set.sh"

cat >net.yaml <<EOF
name: killed
data: {dataset: $set, train_limit: 200, test_limit: 60, validation: 40}
noise: {draw: epoch}
train: {epochs: 6, batch: 32, seed: 1}
models:
  net:
    layers: [flatten, {dense: {units: 16, activation: relu}}, batch_norm, {dropout: 0.1},
      {dense: {units: 10, activation: softmax}}]
    optimizer: {adam: {learning_rate: 0.003}}
sweep: {noise.scale: [0, 0.5]}
EOF

# A number from 0 up to one for the try number $1.
random() {
    awk -v seed="$seed" -v n="$1" 'BEGIN { srand(seed * 1000 + n); rand(); print rand() }'
}

worker_of() {
    ps -A -o pid=,ppid=,args= | awk -v run="$1" '$2 == run && / worker$/ { print $1; exit }'
}

# Figures and weights are those of the undisturbed run, and nothing is left that belongs to none.
compare() {
    for f in metrics.csv metrics.jsonl config.yaml; do
        cmp "whole/$f" "broken/$f"
    done
    for c in whole/cells/*; do
        for f in metrics.jsonl model.safetensors; do
            cmp "$c/$f" "broken/cells/${c##*/}/$f"
        done
        ls -A "$c" >names
        ls -A "broken/cells/${c##*/}" | diff names -
    done
    ls -A whole >names
    ls -A broken | diff names -
}

run() {
    exec "$clnoise" run net.yaml --out broken --quiet --retries 100 --checkpoint-minutes 0.0005 \
        >out 2>err
}

began=$(date +%s)
TIMEFORMAT=%R
"$clnoise" run net.yaml --out whole --quiet >/dev/null
seconds=$({ time "$clnoise" run net.yaml --out timed --quiet --checkpoint-minutes 0.0005 \
    >/dev/null 2>&1; } 2>&1)
seconds=${4:-$seconds}
echo "seed $seed, a kill within $seconds s"

done=0 finished=0 tries=0
while [ $done -lt "$kills" ]; do
    run &
    pid=$!
    sleep "$(awk -v r="$(random $tries)" -v s="$seconds" 'BEGIN { printf "%.3f", r * s }')"
    tries=$((tries + 1)) hit=
    [ $((tries % 20)) -ne 0 ] || echo "$done kills so far, $finished runs that ended with the same bytes"
    worker=$(worker_of $pid)
    case $((done % 3)) in
    0) ! kill -9 -$pid $worker 2>/dev/null || hit=all ;;
    1) ! kill -9 $pid 2>/dev/null || hit=run ;;
    2) [ -z "$worker" ] || ! kill -9 "$worker" 2>/dev/null || hit=worker ;;
    esac
    code=0
    wait $pid 2>/dev/null || code=$?
    [ -z "$hit" ] || done=$((done + 1))
    if [ $code -eq 0 ]; then
        compare
        rm -rf broken
        finished=$((finished + 1))
    elif [ $code -ne 137 ] || [ -z "$hit" ]; then
        echo "after kill $done ($hit) the run ended with $code:"
        cat err
        exit 1
    fi
done
if [ -d broken ]; then
    "$clnoise" resume broken --quiet >/dev/null
    compare
    finished=$((finished + 1))
fi
echo "$done kills, $finished runs that ended with the same bytes, $(($(date +%s) - began)) s"
