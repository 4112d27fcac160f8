#!/bin/sh
# tools/setup --packages on made-up machines: apt, sudo, id, uname and brew are stand-ins that write
# down how they were called.
set -u
setup=$(cd "$(dirname "$0")/../.." && pwd)/tools/setup
tmp=$(mktemp -d "${TMPDIR:-/tmp}/clnoise-packages.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
failed=0

stand_in() { printf '#!/bin/sh\n%s\n' "$2" >"$tmp/bin/$1" && chmod +x "$tmp/bin/$1"; }

# A machine with a compiler and cmake, where $installed lists the packages there.
machine() { # user id, installed packages, words apt-get fails on
    rm -rf "$tmp/bin" && mkdir "$tmp/bin" && : >"$tmp/calls"
    for tool in sh env dirname grep cat mktemp rm; do
        ln -s "$(command -v $tool)" "$tmp/bin/$tool"
    done
    for tool in cc cmake pkg-config ninja true; do stand_in $tool 'exit 0'; done
    stand_in uname 'echo Linux'
    stand_in id "echo $1"
    stand_in dpkg-query 'for name; do :; done
case " '"$2"' " in *" $name "*) echo "install ok installed" ;; *) exit 1 ;; esac'
    stand_in apt-get 'echo "apt-get $*" >>"'"$tmp"'/calls"
case " $* " in '"${3:-none-fails}"') exit 100 ;; esac'
}

run() { out=$(PATH="$tmp/bin" "$tmp/bin/sh" "$setup" --packages 2>&1 </dev/null); status=$?; }

check() { # what, expected exit status
    if [ $status != "$2" ]; then
        printf '%s: exit %s, not %s; it said:\n%s\n' "$1" "$status" "$2" "$out"
        failed=1
    fi
}
says() { printf '%s\n' "$out" | grep -qF -e "$1" || { echo "does not say '$1': $out"; failed=1; }; }
called() { grep -qE -e "$1" "$tmp/calls" || { echo "no call like '$1':"; cat "$tmp/calls"; failed=1; }; }
not_called() { ! grep -qE -e "$1" "$tmp/calls" || { echo "a call like '$1'"; failed=1; }; }

needed='ocl-icd-opencl-dev opencl-headers pocl-opencl-icd libyaml-dev libcairo2-dev libpng-dev libcjson-dev
zlib1g-dev libcurl4-openssl-dev libssl-dev libcmocka-dev ca-certificates'
needed=$(echo $needed)
helpful='libclblast-dev dataset-fashion-mnist fonts-dejavu-core oclgrind python3-jsonschema python3-yaml'

machine 0 "$needed $helpful"
run; check 'all there' 0
says 'all packages are installed'
not_called apt-get

machine 0 "$helpful opencl-headers"
run; check 'root, much missing' 0
called ' update'
called 'install -y --no-install-recommends ocl-icd-opencl-dev pocl-opencl-icd libyaml-dev'
not_called opencl-headers

machine 0 "$needed" '*dataset-fashion-mnist*'
run; check 'an optional package that is in no archive' 0
says 'dataset-fashion-mnist cannot be had here'
called 'fonts-dejavu-core'

machine 0 "$helpful" '*libyaml-dev*'
run; check 'a needed package that is in no archive' 1
says 'could not install: ocl-icd-opencl-dev'

machine 0 "$helpful" '*\ update\ *'
run; check 'no network, but the package lists are there' 0
says 'apt-get update failed'

machine 1000 "$helpful"
run; check 'not root, no sudo' 1
says "sudo apt-get install $needed"
not_called apt-get

machine 1000 "$needed"
run; check 'not root, only helpful ones missing' 0
says "not needed: $helpful"

machine 1000 "$helpful"
stand_in sudo '[ "$1" = -n ] && exit 1; echo asked >>"'"$tmp"'/calls"'
run; check 'sudo wants a password and nobody is there' 1
not_called asked

machine 1000 "$helpful"
stand_in sudo '[ "$1" = -n ] && shift; exec "$@"'
run; check 'sudo without a password' 0
called 'install -y'

machine 0 "$needed $helpful"
rm "$tmp/bin/cc" "$tmp/bin/ninja"
run; check 'no compiler, no make' 0
called 'build-essential ninja-build'

# macOS
machine 501 ''
rm "$tmp/bin/apt-get" "$tmp/bin/dpkg-query"
stand_in uname 'echo Darwin'
stand_in brew 'echo "brew $*" >>"'"$tmp"'/calls"
[ "$1" = install ] || printf "%s\n" libyaml cairo libpng cjson curl zlib clblast'
run; check 'macOS' 0
called 'brew install --quiet +openssl@3 cmocka$'

exit $failed
