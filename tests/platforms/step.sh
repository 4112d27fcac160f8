#!/bin/sh
# step.sh CLNOISE MODEL: one training step of a net of the notebook (mlp or convnet) on Oclgrind, with
# the kernels that a CPU with vectors of 16 floats would run. There must be no data race, no access out
# of bounds, no wrong call, and no use of memory that nobody wrote. Exit 77 where there is no Oclgrind or
# no data set.
set -eu
clnoise=${1:?usage: step.sh CLNOISE MODEL} model=${2:?usage: step.sh CLNOISE MODEL}
root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
CLNOISE_VECTOR_WIDTH=16
export CLNOISE_VECTOR_WIDTH
sh "$root/tests/platforms/on.sh" oclgrind-uninitialized "$clnoise" run "$root/experiments/sweep.yaml" \
    model="$model" sweep.model="[$model]" 'sweep.noise.scale=[0.5]' data.train_limit=2 \
    data.test_limit=2 train.batch=2 train.epochs=1 --heartbeat 0 --jobs 1 --quiet --out "$scratch/run"
echo "$model: Oclgrind is silent"
