#!/bin/sh
# The scripts refuse what they do not know before they install or build anything.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
failed=0

refuses() { # expected exit status, words, command
    expected=$1 words=$2
    shift 2
    status=0
    out=$(sh "$@" 2>&1 </dev/null) || status=$?
    if [ $status != "$expected" ] || ! printf '%s\n' "$out" | grep -qF -e "$words"; then
        echo "$*: exit $status, not $expected with '$words'; it said: $out"
        failed=1
    fi
    case $out in *'setup: building'*) echo "$*: built"; failed=1 ;; esac
}

refuses 2 'usage: tools/run FILE' "$root/tools/run"
refuses 0 'usage: tools/run FILE' "$root/tools/run" --help
refuses 2 'usage: tools/test' "$root/tools/test" nn
refuses 2 'usage: tools/test' "$root/tools/test" --label
refuses 2 'pocl|oclgrind|intel' "$root/tools/test" --platform nvidia
refuses 2 'pocl|oclgrind|intel' "$root/tools/test" --platform
refuses 0 'sanitize' "$root/tools/test" --help
refuses 1 'usage: tools/setup' "$root/tools/setup" --everything
refuses 2 'expected one argument' "$root/tools/compare_pytorch" --steps

# A label that runs only by name is told of.
for label in $(sed 's/ .*//' "$root/tests/labels"); do
    for file in README.md tests/TESTING.md; do
        grep -qE "\`(--label )?$label\`|--label $label\`" "$root/$file" ||
            { echo "$file does not name the label $label"; failed=1; }
    done
done
exit $failed
