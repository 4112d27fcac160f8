#!/bin/sh
# Checks how the sources hang together: check.sh RULE [ROOT]. Breaches go to stdout; exit 1 if any.
#
#   layers    a file includes only from its own layer and those below it
#   opencl    OpenCL's headers only in src/runtime, CLBlast's in one file there
#   ascii     kernels are plain ASCII: some drivers' compilers take nothing else
#   length    no source is longer than 500 lines
#   map       src/README.md names every file in src/ and cl/, and none that is not there
set -eu
rule=${1:?usage: check.sh RULE [ROOT]}
root=${2:-$(cd "$(dirname "$0")/../.." && pwd)}
cd "$root"
LC_ALL=C
export LC_ALL

# Lines "FILE:LINE:HEADER" of every include in our C files.
includes() {
    find include src -name '*.[ch]' -exec \
        grep -nHE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]' {} + |
        sed -E 's/^([^:]*:[0-9]+):[^"<]*["<]([^">]*).*/\1:\2/'
}

# What each layer may use, itself aside, as the design has it.
check_layers() {
    includes | awk -F: '
        BEGIN {
            use["base"] = "base"
            use["runtime"] = "base runtime"
            use["graph"] = use["runtime"] " graph"
            use["nn"] = use["graph"] " nn"
            use["model"] = use["nn"] " model"
            use["data"] = "base runtime data"
            use["stats"] = "base stats"
            use["train"] = use["model"] " data train"
            use["experiment"] = use["train"] " experiment"
            use["selftest"] = use["experiment"] " selftest"
            use["report"] = use["experiment"] " stats report"
            use["run"] = use["report"] " selftest run"
            use["cli"] = use["run"] " cli"
        }
        {
            split($1, path, "/")
            split($3, header, "/")
            from = path[2]
            to = header[1]
        }
        path[1] == "include" {
            if (to in use)
                print $1 ":" $2 ": a public header includes " $3 ", which is private"
            next
        }
        !(from in use) { print $1 ":" $2 ": " from " is no layer known to " \
                               "tests/layering/check.sh"; next }
        to in use && index(" " use[from] " ", " " to " ") == 0 {
            print $1 ":" $2 ": " from " must not use " to " (" $3 ")"
        }
        $3 ~ /\.\.\// { print $1 ":" $2 ": include by layer, not by ../ (" $3 ")" }'
}

check_opencl() {
    includes | awk -F: '
        $3 ~ /^(CL|OpenCL)\// && $1 !~ /^src\/runtime\// {
            print $1 ":" $2 ": OpenCL headers belong in src/runtime (" $3 ")"
        }
        $3 ~ /^(CL|OpenCL)\// && $1 ~ /\.h$/ { opencl[substr($1, 5)] = 1 }
        $3 ~ /^clblast/ {
            if ($1 !~ /^src\/runtime\//)
                print $1 ":" $2 ": CLBlast belongs in src/runtime (" $3 ")"
            if (clblast != "" && clblast != $1)
                print $1 ":" $2 ": CLBlast is included in " clblast " already"
            clblast = $1
        }
        { line[NR] = $0 }
        # A header that brings OpenCL in, directly or through another, stays in src/runtime as well.
        END {
            do {
                grown = 0
                for (i = 1; i <= NR; i++) {
                    split(line[i], part, ":")
                    name = part[1]
                    sub(/^(src|include)\//, "", name)
                    if ((part[3] in opencl) && name ~ /\.h$/ && !(name in opencl)) {
                        opencl[name] = 1
                        grown = 1
                    }
                }
            } while (grown)
            for (i = 1; i <= NR; i++) {
                split(line[i], part, ":")
                if ((part[3] in opencl) && part[1] !~ /^src\/runtime\//)
                    print part[1] ":" part[2] ": " part[3] " brings OpenCL headers in"
            }
        }'
}

check_ascii() {
    find cl -name '*.cl*' -exec awk '
        /[^\t -~]/ { print FILENAME ":" FNR ": not plain ASCII"; }
        /\t/ { print FILENAME ":" FNR ": a tab" }' {} +
}

check_length() {
    find include src cl tests tools cmake \( -name '*.[ch]' -o -name '*.cl*' -o -name '*.sh' \
        -o -name '*.py' -o -name '*.cmake' \) -exec awk '
        FNR == 501 { print FILENAME ":501: longer than 500 lines" }' {} +
}

# A file is named as `name` behind the heading `## folder/` it lies in.
check_map() {
    {
        find src cl \( -name '*.[ch]' -o -name '*.cl' -o -name '*.clh' \) | sed 's/^/have /'
        awk '
            /^## / { folder = $2; gsub(/`/, "", folder) }
            folder ~ /\/$/ && /^- `/ {
                text = $0
                sub(/^- /, "", text)
                # the names stand before the first colon, each in backticks
                sub(/:.*/, "", text)
                while (match(text, /`[^`]*`/)) {
                    print "named " folder substr(text, RSTART + 1, RLENGTH - 2)
                    text = substr(text, RSTART + RLENGTH)
                }
            }' src/README.md
    } | awk '
        $1 == "have" { have[$2] = 1 }
        $1 == "named" { if ($2 in named) print "src/README.md: names " $2 " twice"; named[$2] = 1 }
        END {
            for (file in have) if (!(file in named)) print "src/README.md: does not name " file
            for (file in named) if (!(file in have)) print "src/README.md: names " file \
                                                           ", which is not there"
        }' | sort
}

case $rule in
layers | opencl | ascii | length | map) breaches=$("check_$rule") ;;
*) echo "check.sh: unknown rule '$rule'" >&2; exit 2 ;;
esac
[ -z "$breaches" ] || { printf '%s\n' "$breaches"; exit 1; }
