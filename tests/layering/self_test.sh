#!/bin/sh
# Plants every kind of breach in a made-up tree and looks for check.sh to name it.
set -eu
check=$(cd "$(dirname "$0")" && pwd)/check.sh
tree=$(mktemp -d "${TMPDIR:-/tmp}/clnoise-layering.XXXXXX")
trap 'rm -rf "$tree"' EXIT
failed=0

clean_tree() {
    rm -rf "${tree:?}"/*
    mkdir -p "$tree/include/clnoise" "$tree/cl" "$tree/tests" "$tree/tools" "$tree/cmake"
    for layer in base runtime graph nn model data train experiment selftest report run cli; do
        mkdir -p "$tree/src/$layer"
    done
    echo '#include <stdio.h>' >"$tree/include/clnoise/error.h"
    echo '#include "clnoise/error.h"' >"$tree/src/base/error.c"
    echo '#include <CL/cl.h>' >"$tree/src/runtime/opencl.h"
    echo '#include "base/file.h"' >"$tree/src/runtime/caps.h"
    echo '#include "runtime/caps.h"' >"$tree/src/graph/plan.c"
    echo '#include <clblast_c.h>' >"$tree/src/runtime/blas.c"
    echo '#include "data/dataset.h"' >"$tree/src/train/train.c"
    echo 'kernel void k(void) {}' >"$tree/cl/k.cl"
    cat >"$tree/src/README.md" <<'MAP'
## `src/base/`
- `error.c`: raises
## `src/runtime/`
- `opencl.h`, `caps.h`: headers
- `blas.c`: products
## `src/graph/`
- `plan.c`: plans
## `src/train/`
- `train.c`: trains, see `loop.c`
## `cl/`
- `k.cl`: a kernel
MAP
}

# expect RULE PATTERN: the rule must fail and say so; with PATTERN '' it must pass.
expect() {
    status=0
    said=$(sh "$check" "$1" "$tree") || status=$?
    if [ -z "$2" ]; then
        [ $status = 0 ] || { echo "$1 refuses a clean tree: $said"; failed=1; }
    elif [ $status != 1 ] || ! printf '%s\n' "$said" | grep -qF "$2"; then
        echo "$1 should have said '$2' and exited 1; it exited $status and said: $said"
        failed=1
    fi
    clean_tree
}

clean_tree
for rule in layers opencl ascii length map; do
    expect "$rule" ''
done

echo '#include "graph/plan.h"' >"$tree/src/runtime/bad.c"
expect layers 'src/runtime/bad.c:1: runtime must not use graph'
echo '#  include "nn/registry.h"' >"$tree/src/data/bad.h"
expect layers 'src/data/bad.h:1: data must not use nn'
echo '#include "base/error.h"' >"$tree/include/clnoise/bad.h"
expect layers 'include/clnoise/bad.h:1: a public header includes base/error.h'
mkdir "$tree/src/extra" && echo '#include "base/error.h"' >"$tree/src/extra/new.c"
expect layers 'extra is no layer known'
echo '#include "../cli/help.h"' >"$tree/src/base/bad.c"
expect layers 'not by ../'

echo '#include <CL/cl_ext.h>' >"$tree/src/nn/bad.c"
expect opencl 'src/nn/bad.c:1: OpenCL headers belong in src/runtime'
echo '#include "runtime/opencl.h"' >"$tree/src/graph/bad.c"
expect opencl 'src/graph/bad.c:1: runtime/opencl.h brings OpenCL headers in'
echo '#include "runtime/opencl.h"' >"$tree/src/runtime/caps.h"
expect opencl 'src/graph/plan.c:1: runtime/caps.h brings OpenCL headers in'
echo '#include <clblast_c.h>' >"$tree/src/runtime/other.c"
expect opencl 'CLBlast is included in'
echo '#include <clblast_c.h>' >"$tree/src/nn/dense.c"
expect opencl 'CLBlast belongs in src/runtime'

printf '// caf\303\251\n' >"$tree/cl/bad.cl"
expect ascii 'cl/bad.cl:1: not plain ASCII'
printf '\tint x;\n' >"$tree/cl/bad.clh"
expect ascii 'cl/bad.clh:1: a tab'

awk 'BEGIN { for (i = 0; i < 501; i++) print "" }' >"$tree/src/cli/long.c"
expect length 'src/cli/long.c:501'
awk 'BEGIN { for (i = 0; i < 500; i++) print "" }' >"$tree/src/cli/long.c"
expect length ''

echo 'int x;' >"$tree/src/cli/new.c"
expect map 'does not name src/cli/new.c'
rm "$tree/cl/k.cl"
expect map 'names cl/k.cl, which is not there'
echo '- `k.cl`: again' >>"$tree/src/README.md"
expect map 'names cl/k.cl twice'

exit $failed
