#!/bin/sh
# tools/compare_frameworks with a clnoise and a framework that are stand-ins with times of their own:
# the ratios it makes of them, what it refuses, and that a framework that computes something else or
# breaks down ends it.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
command -v python3 >/dev/null || { echo 'skipped: no python3'; exit 77; }
tmp=$(mktemp -d "${TMPDIR:-/tmp}/clnoise-compare.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
failed=0
fail() { echo "$*"; sed 's/^/    /' "$tmp/err"; failed=1; }

# clnoise: the step takes 10, 20 and 10 ms in three rounds after one to warm up, a step of
# evaluation 2 ms.
cat >"$tmp/clnoise" <<'SH'
#!/bin/sh
echo "$*" >>"$tmp/calls"
if [ "$1" = bench ]; then
    echo round >>"$tmp/rounds"
    ms=10
    [ "$(wc -l <"$tmp/rounds")" -ne 3 ] || ms=20
    echo '{"device": {"name": "stand-in", "version": "1"}, "models": {"net":
        {"batch": 128, "step_ms": '$ms', "evaluation_step_ms": 2}}}'
    exit
fi
while [ "$1" != --out ]; do shift; done
mkdir -p "$2/cells/one"
: >"$2/cells/one/model.safetensors"
printf 'epoch,loss,val_loss,val_accuracy\n1,2.5,1.25,0.5\n' >"$2/metrics.csv"
echo '{"data": {"dataset": "mnist"}, "cells": [{"parameters": 7}]}' >"$2/summary.json"
SH
# The framework: the step takes 30 ms in one variant and 40 in the other, an evaluation 474 and 400;
# where glibc is told to keep memory, all are a tenth slower.
cat >"$tmp/worker.py" <<'PYTHON'
import json, os, sys
slow = 1.1 if "MALLOC_TRIM_THRESHOLD_" in os.environ else 1
loss, version = float(os.environ.get("LOSS", "2.5")), os.environ.get("OPENBLAS_CORETYPE", "unset")
print(*sys.argv[1:], file=open(os.environ["tmp"] + "/worker", "a"))
answers = {
    "start": lambda ask: {"variants": ["fast", "slow"], "failed": {"broken": "no compiler"},
                          "parameters": 7, "version": f"Stand-in {version}", "batch": 128,
                          "real_data": True, "test_images": 10000},
    "step": lambda ask: {"ms": slow * {"fast": 30, "slow": 40}[ask["variant"]]},
    "evaluate": lambda ask: {"ms": slow * {"fast": 474, "slow": 400}[ask["variant"]]},
    "check": lambda ask: {"losses": [loss], "val_loss": 1.25, "val_accuracy": 0.5},
    "train": lambda ask: {"loss": 2.5, "val_loss": 1.25, "val_accuracy": 0.5, "import_bytes": 1},
}
for line in sys.stdin:
    ask = json.loads(line)
    print(ask["do"], ask.get("variant"), file=open(os.environ["tmp"] + "/asked", "a"))
    if ask["do"] == os.environ.get("BREAK"):
        sys.exit(1)
    if ask["do"] == os.environ.get("ERROR"):
        answer = {"error": "out of luck"}
    else:
        answer = answers[ask["do"]](ask)
    print(json.dumps(answer), flush=True)
PYTHON
cat >"$tmp/python" <<'SH'
#!/bin/sh
[ "$1" != -c ] || { cat "$tmp/experiment"; exit; }
exec python3 "$tmp/worker.py" "$@"
SH
chmod +x "$tmp/clnoise" "$tmp/python"
echo '{"models": {"net": {"layers": ["flatten", {"dropout": 0.5}, {"dense": 10}],
    "optimizer": {"sgd": {"momentum": 0.9}}}}}' >"$tmp/experiment"
mkdir "$tmp/data"
: >"$tmp/data/train-images-idx3-ubyte"
export tmp

compare() {
    rm -f "$tmp/rounds" "$tmp/calls" "$tmp/worker" "$tmp/asked"
    CLNOISE_DATA=$tmp/data OPENBLAS_CORETYPE=x "$root/tools/compare_pytorch" \
        --clnoise "$tmp/clnoise" --python "$tmp/python" a.yaml "$@" 2>"$tmp/err"
}
value() { # expected value, path into the result
    got=$(python3 -c 'import functools, json, sys
print(functools.reduce(lambda at, key: at[key], sys.argv[2:], json.load(open(sys.argv[1]))))' \
        "$tmp/result.json" frameworks pytorch "$@" 2>>"$tmp/err") || got=missing
}
holds() {
    expected=$1
    shift
    value "$@"
    [ "$got" = "$expected" ] || fail "$*: '$got', not '$expected'"
}

compare --json --rounds 3 >"$tmp/result.json" || fail 'a comparison failed'
holds 'Stand-in unset' version
holds 3.0 models net step ratio # of 3, 1.5 and 3
holds 1.5 models net step ratio_min
holds fast models net step best
holds slow models net evaluation best
holds 158 models net evaluation clnoise_ms # 79 steps, the last of 16 images counted as full
holds 0.0 models net check first_loss_difference
holds 'no compiler' models net failed broken
if [ "$(uname)" = Linux ] && getconf GNU_LIBC_VERSION >/dev/null 2>&1; then
    holds 33.0 models net step variants_ms 'fast, memory kept'
    holds 3.3 models net step ways 'memory kept' ratio
fi
fast=$(grep -c 'step fast' "$tmp/asked") slow=$(grep -c 'step slow' "$tmp/asked")
[ "$fast" = $((3 * slow)) ] || fail "$fast rounds of the fast variant, $slow of the hopeless one"
value models net epoch peak_bytes
case $got in *[!0-9]* | '') fail "peak memory is '$got'" ;; esac
[ "$got" -gt 1000000 ] || fail "a Python in $got bytes"
grep -q 'models.net.layers.1.dropout=0 .*optimizer.sgd.learning_rate=1e-30 train.epochs=1' \
    "$tmp/calls" || fail "clnoise was not asked for first weights: $(cat "$tmp/calls")"
grep -q -- "with_pytorch.py a.yaml --threads [1-9][0-9]* --data $tmp/data" "$tmp/worker" ||
    fail "the worker was called with '$(cat "$tmp/worker")'"

calls=$(wc -l <"$tmp/calls")
table=$("$root/tools/compare_frameworks" --saved "$tmp/result.json" --markdown 2>"$tmp/err")
case $table in
*'| net, training step | 10 ms | 30 ms: **3.0** (1.5 to 3.0) |'*) ;;
*) fail "the README's table: $table" ;;
esac
"$root/tools/compare_frameworks" --saved "$tmp/result.json" >"$tmp/table" 2>"$tmp/err"
grep -q 'net: broken failed: no compiler' "$tmp/table" || fail 'the failed variant is not shown'
[ "$(wc -l <"$tmp/calls")" = "$calls" ] || fail 'a saved result was measured again'
sed 's/"net"/"wide"/; s/"pytorch"/"keras"/' "$tmp/result.json" >"$tmp/other.json"
sed 's/"net"/"deep"/' "$tmp/result.json" >"$tmp/deep.json"
"$root/tools/compare_frameworks" --saved "$tmp/result.json" "$tmp/other.json" "$tmp/deep.json" \
    --markdown >"$tmp/table" 2>"$tmp/err"
rows=$(grep -c 'training step | 10 ms' "$tmp/table")
[ "$rows" = 3 ] || fail "$rows models of three in one table"
"$root/tools/compare_frameworks" --saved "$tmp/experiment" >/dev/null 2>"$tmp/err"
[ $? = 2 ] || fail 'something else was taken for a saved result'

compare --no-epoch --json --rounds 1 >"$tmp/result.json" || fail 'no comparison without epochs'
value models net epoch
[ "$got" = missing ] || fail 'an epoch was measured'
: >"$tmp/err"

ends() { # words, variable and value
    words=$1
    if (export "${2?}"; compare >/dev/null); then
        fail "$2: accepted"
    fi
    grep -q -e "$words" "$tmp/err" || fail "$2: not '$words'"
}
ends 'does not compute what clnoise does on net: first loss 2.6, clnoise 2.5' LOSS=2.6
ends 'out of luck' ERROR=step
ends 'its worker ended' BREAK=step
ends 'its worker ended' BREAK=train

for wrong in '--python' '--rounds' '--rounds 0' 'b.yaml' '--with dlprimitives' '--models other'; do
    compare $wrong >/dev/null
    [ $? = 2 ] || fail "'$wrong' was accepted"
done
compare --help | grep -q -- '--python \[NAME=\]PATH' || fail 'no help'
exit $failed
