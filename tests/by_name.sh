#!/bin/sh
# Prints the regular expression, for ctest --label-exclude, of the labels that run only by name.
set -eu
labels=$(sed 's/ .*//' "$(dirname "$0")/labels")
printf '^(%s)$\n' "$(echo $labels | tr ' ' '|')"
