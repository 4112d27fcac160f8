#!/bin/sh
# Every OpenCL call in src/ stands in the fault layer's list, or its failure is never tried:
# calls.sh ROOT
set -eu
root=${1:?usage: calls.sh ROOT}
list=$root/tests/support/fault_layer/calls.h
count=0 missing=0
for call in $(grep -rhoE '\bcl[A-Z][A-Za-z]*(\(|")' "$root/src" | tr -d '("' | sort -u); do
    count=$((count + 1))
    if ! grep -q "X($call)" "$list"; then
        echo "$call is not in $list"
        missing=$((missing + 1))
    fi
done
echo "$count calls, $missing missing"
[ "$count" -gt 30 ] && [ "$missing" -eq 0 ]
