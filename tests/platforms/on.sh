#!/bin/sh
# on.sh PLATFORM COMMAND...: runs a command that sees the devices of one OpenCL implementation.
# Exit 77, for "skipped", where it is not installed.
#
#   pocl, intel             the command's exit status
#   oclgrind                fails as well if Oclgrind saw a kernel go wrong: an access out of bounds, a
#                           data race, a call of the API that breaks its rules
#   oclgrind-uninitialized  the same, and what is computed from memory that nobody wrote
#
# $CLNOISE_PLATFORMS/intel is where tests/platforms/install_intel.sh has put Intel's runtime.
set -eu
platform=${1:?usage: on.sh PLATFORM COMMAND...}
shift

skip() { echo "skipped: $*"; exit 77; }

# A folder of ICD files is told with a slash at its end.
one_driver() {
    [ -e "$1" ] || skip "$platform is not installed: no $1"
    icd=$scratch/icd
    mkdir "$icd"
    printf '%s\n' "$1" >"$icd/one.icd"
    OCL_ICD_VENDORS=$icd/
    export OCL_ICD_VENDORS
}

on_oclgrind() {
    command -v oclgrind >/dev/null || skip 'oclgrind is not installed'
    CLNOISE_DEVICE=oclgrind
    export CLNOISE_DEVICE
    log=$scratch/log
    # Unoptimised: Oclgrind 21.10 computes wrongly with what optimisers make of comparisons of vectors,
    # so that even addresses are wrong, and its check for unwritten memory stops at their "freeze".
    # Programs built this way must not be taken for optimised ones, nor the other way around.
    CLNOISE_CACHE=off
    export CLNOISE_CACHE
    # Work-groups of 64 have tiles of 32 x 32 where those of 256 have 64 x 64, of which small shapes
    # would leave most empty, and all of it is computed.
    oclgrind --log "$log" --max-errors 20 --max-wgsize 64 --build-options -cl-opt-disable \
        --check-api --data-races "$@"
    if [ -s "$log" ]; then
        cat "$log" >&2
        return 1
    fi
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
case $platform in
pocl)
    vendors=${OCL_ICD_VENDORS:-/etc/OpenCL/vendors}
    found=
    for icd in "$vendors"/pocl*.icd; do
        [ ! -f "$icd" ] || found=$icd
    done
    [ "$found" ] || skip "PoCL is not installed: no $vendors/pocl*.icd"
    mkdir "$scratch/icd"
    cp "$found" "$scratch/icd"
    OCL_ICD_VENDORS=$scratch/icd/
    export OCL_ICD_VENDORS
    "$@"
    ;;
intel)
    one_driver "${CLNOISE_PLATFORMS:?}/intel/lib/libintelocl.so"
    "$@"
    ;;
oclgrind) on_oclgrind "$@" ;;
oclgrind-uninitialized) on_oclgrind --uninitialized "$@" ;;
*)
    echo "on.sh: no platform '$platform'; accepted: pocl, intel, oclgrind, oclgrind-uninitialized" >&2
    exit 2
    ;;
esac
