#!/bin/sh
# install_intel.sh FOLDER: puts Intel's OpenCL runtime for CPUs, from PyPI, into FOLDER, 850 MB with
# its compiler, unless it is there. Prints why where it cannot be had, and exits with 77.
set -eu
folder=${1:?usage: install_intel.sh FOLDER}
version=2026.2.0
[ ! -f "$folder/installed-$version" ] || exit 0

skip() { echo "Intel's OpenCL runtime cannot be installed here: $*"; exit 77; }

case $(uname -sm) in
'Linux x86_64') ;;
*) skip 'it is made for Linux on x86_64' ;;
esac
command -v python3 >/dev/null || skip 'it comes with pip, and there is no python3'
log=$(mktemp)
trap 'rm -f "$log"' EXIT
rm -rf "$folder"
python3 -m venv "$folder" >"$log" 2>&1 || skip "python3 -m venv failed: $(tail -n 1 "$log")"
echo "installing Intel's OpenCL runtime $version into $folder"
# The driver is linked against libraries of the compiler that its package does not ask for.
"$folder/bin/pip" install --quiet --no-input "intel-opencl-rt==$version" >"$log" 2>&1 ||
    skip "pip failed: $(tail -n 1 "$log")"
"$folder/bin/pip" install --quiet --no-input --no-deps "intel-cmplr-lib-rt==$version" >"$log" 2>&1 ||
    skip "pip failed: $(tail -n 1 "$log")"
[ -f "$folder/lib/libintelocl.so" ] || skip "the package has no lib/libintelocl.so"
: >"$folder/installed-$version"
