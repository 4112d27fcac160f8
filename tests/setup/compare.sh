#!/bin/sh
# tools/compare_pytorch hands on what it is given; the interpreter is a stand-in that prints it.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
[ -x "$root/build/clnoise" ] || { echo 'skipped: no build/clnoise'; exit 77; }
tmp=$(mktemp -d "${TMPDIR:-/tmp}/clnoise-compare.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
failed=0
fail() { echo "$*"; failed=1; }

cat >"$tmp/python" <<'PYTHON'
#!/bin/sh
echo "blas=${OPENBLAS_CORETYPE-unset},${OPENBLAS_L2_SIZE-unset}"
shift
echo "$*"
PYTHON
chmod +x "$tmp/python"

compare() { OPENBLAS_CORETYPE=x OPENBLAS_L2_SIZE=1 "$root/tools/compare_pytorch" "$@" 2>"$tmp/err"; }
expect() { # expected output, arguments
    expected=$1
    shift
    got=$(compare --python "$tmp/python" "$@") || fail "$*: exit $?"
    [ "$got" = "blas=unset,unset
--clnoise $root/build/clnoise $expected" ] || fail "$*: '$got'"
}
expect "$root/experiments/sweep.yaml"
expect 'a.yaml' a.yaml
expect '--json --rounds 3 --compile --steps 9 a.yaml' --json --rounds 3 a.yaml --compile --steps 9

for wrong in '--python' 'a.yaml b.yaml' '--rounds'; do
    compare $wrong >/dev/null
    [ $? = 2 ] || fail "'$wrong' was accepted"
done
compare --help | grep -q -- '--python PATH' || fail 'no help'
exit $failed
