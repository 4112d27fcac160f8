#!/bin/sh
# step.sh CLNOISE: one training step of both nets of the notebook on Oclgrind, which must find no
# data race, no access out of bounds, no read of memory that nobody wrote and no wrong call. Exit 77
# where there is no Oclgrind or no data set.
set -eu
clnoise=${1:?usage: step.sh CLNOISE}
root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for model in mlp convnet; do
    for checks in oclgrind oclgrind-uninitialized; do
        sh "$root/tests/platforms/on.sh" $checks "$clnoise" run "$root/experiments/sweep.yaml" \
            model=$model sweep.model="[$model]" 'sweep.noise.scale=[0.5]' data.train_limit=2 \
            data.test_limit=2 train.batch=2 train.epochs=1 --heartbeat 0 --jobs 1 --quiet \
            --out "$scratch/$model-$checks"
        echo "$model: $checks is silent"
    done
done
