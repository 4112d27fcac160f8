#!/bin/sh
# With libraries missing, configuring names each with its package: missing.sh CMAKE. Here pkg-config
# is blind and the test's framework, as good as any, cannot be found.
set -u
cmake=$1
source=$(cd "$(dirname "$0")/../.." && pwd)
tmp=$(mktemp -d "${TMPDIR:-/tmp}/clnoise-missing.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
failed=0

if PKG_CONFIG_PATH='' PKG_CONFIG_LIBDIR="$tmp" "$cmake" -S "$source" -B "$tmp/build" \
    >"$tmp/log" 2>&1; then
    echo 'configuring passed without libraries'
    exit 1
fi
for word in libyaml-dev libcairo2-dev libpng-dev libcjson-dev libcmocka-dev 'brew install libyaml' \
    'brew install cmocka' 'tools/setup installs'; do
    case $(uname -s):$word in
    Darwin:lib* | Linux:brew*) continue ;;
    esac
    grep -qF "$word" "$tmp/log" || { echo "does not name $word:"; cat "$tmp/log"; failed=1; }
done
exit $failed
