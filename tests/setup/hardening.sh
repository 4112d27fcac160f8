#!/bin/sh
# The built program has the protections it was compiled for: hardening.sh PROGRAM. As readelf sees
# them; a program of another format, or a machine without readelf, is skipped.
set -u
program=$1
failed=0
fail() { echo "$*"; failed=1; }
command -v readelf >/dev/null || { echo 'skipped: no readelf'; exit 77; }
readelf -h "$program" >/dev/null 2>&1 || { echo 'skipped: not an ELF program'; exit 77; }

has() { # what, words, readelf options
    what=$1 words=$2
    shift 2
    readelf -W "$@" "$program" | grep -qE -e "$words" || fail "$program: no $what"
}

has 'position-independent code' '^ *Type: *DYN' -h
has 'address chosen at each start (-pie)' 'Flags:.*PIE' -d
has 'relocations made read-only (-z relro)' '^ *GNU_RELRO' -l
has 'relocations resolved at the start (-z now)' '(BIND_NOW|Flags:.*NOW)' -d
has 'stack that cannot be executed' '^ *GNU_STACK .* RW +0x' -l
has 'stack protector' ' __stack_chk_fail' -s
# snprintf and memcpy with sizes the compiler knows.
has 'checked string functions (_FORTIFY_SOURCE)' ' __[a-z]+_chk' -s
[ $failed = 0 ] && echo "$program: all protections are there"
exit $failed
