#!/bin/sh
# Run the stress programs of the kernel and of the virtual card under the sanitizers.
#
#   tests/c/sanitize.sh SECONDS
#
# SECONDS is for all runs together (at least two for each). A line for each program and
# sanitizer; any finding fails. A sanitizer whose runtime is missing fails as well, unless
# ALLOW_MISSING_SANITIZERS is set. CC names another compiler.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
kernel=$here/../../aiosounddevice/core/kernel
card=$here/../../aiosounddevice/virtual/card
each=$((${1:?usage: sanitize.sh SECONDS} / 6))
[ "$each" -ge 2 ] || each=2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
status=0

compile() { # sanitizer, program
    case $1 in
    undefined) options="-fsanitize=undefined -fno-sanitize-recover=all" ;;
    *) options="-fsanitize=$1" ;;
    esac
    case $2 in
    # The card's files ask for the GNU interface themselves.
    stress_card) sources="$here/stress_card.c $card/*.c" includes="-I$card" ;;
    *) sources="$here/stress_[!c]*.c $kernel/*.c" includes="-D_GNU_SOURCE -I$here -I$kernel" ;;
    esac
    # shellcheck disable=SC2086 # these are lists and patterns
    ${CC:-gcc} $options -fno-omit-frame-pointer -O1 -g -std=c11 \
        -Wall -Wextra -Werror $includes $sources -lpthread -lm -o "$work/$1-$2"
}

runtime_exists() { # sanitizer
    echo 'int main(void) { return 0; }' >"$work/nothing.c"
    ${CC:-gcc} "-fsanitize=$1" "$work/nothing.c" -o "$work/nothing" 2>"$work/log"
}

run() { # output, command...
    output=$1
    shift
    TSAN_OPTIONS="halt_on_error=1 second_deadlock_stack=1 ${TSAN_OPTIONS:-}" \
        ASAN_OPTIONS="detect_leaks=1 ${ASAN_OPTIONS:-}" \
        UBSAN_OPTIONS="print_stacktrace=1 ${UBSAN_OPTIONS:-}" \
        "$@" >"$output" 2>&1
}

execute() { # program's file
    run "$work/log" "$1" "$each" && return 0
    # Where the kernel scatters mappings more widely than ThreadSanitizer's layout allows.
    grep -q 'unexpected memory mapping' "$work/log" || return 1
    run "$work/log" setarch "$(uname -m)" -R "$1" "$each"
}

for sanitizer in thread address undefined; do
    if ! runtime_exists "$sanitizer"; then
        echo "$sanitizer: this compiler has no runtime for it: $(tail -n 1 "$work/log")"
        [ -n "${ALLOW_MISSING_SANITIZERS:-}" ] || status=1
        continue
    fi
    for program in stress_kernel stress_card; do
        if ! compile "$sanitizer" "$program" 2>"$work/log"; then
            cat "$work/log"
            echo "$program, $sanitizer: not compiled"
            status=1
        elif execute "$work/$sanitizer-$program"; then
            echo "$program, $sanitizer, $each s: $(tail -n 1 "$work/log")"
        else
            cat "$work/log"
            echo "$program, $sanitizer, $each s: FAILED"
            status=1
        fi
    done
done
exit $status
