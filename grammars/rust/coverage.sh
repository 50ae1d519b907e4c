# Which lines the tests execute, as tracefiles of lcov. rustc counts, and the tools of its LLVM read the counts: those of
# the toolchain (rustup component llvm-tools), else those of that version in PATH. Where the toolchain cannot count, or
# there are no such tools, valgrind does.
set -e
host=$(rustc -vV | sed -n 's/^host: //p')
version=$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
lib=$(rustc --print sysroot)/lib/rustlib/$host
export CARGO_TARGET_DIR="$PWD/target/coverage"

tool() {
    for path in "$lib/bin/$1" "$(command -v "$1-$version")"; do
        [ ! -x "$path" ] || { echo "$path" && return; }
    done
}

programs() {
    cargo test --offline --no-run --message-format=json | sed -n 's/.*"executable":"\([^"]*\)".*/\1/p'
}

profdata=$(tool llvm-profdata)
cov=$(tool llvm-cov)
if [ -n "$profdata" ] && [ -n "$cov" ] && ls "$lib/lib" | grep -q profiler_builtins; then
    export RUSTFLAGS="$RUSTFLAGS -C instrument-coverage" LLVM_PROFILE_FILE="$CARGO_TARGET_DIR/%m-%p.profraw"
    rm -f "$CARGO_TARGET_DIR"/*.profraw
    objects=$(programs | sed 's/^/--object /')
    cargo test --offline --no-fail-fast >&2 || true
    "$profdata" merge -sparse "$CARGO_TARGET_DIR"/*.profraw -o "$CARGO_TARGET_DIR/all.profdata"
    "$cov" export -format=lcov -instr-profile="$CARGO_TARGET_DIR/all.profdata" ${objects#--object }
    exit
fi
command -v valgrind >&2 || {
    echo "rustc cannot count executed lines here: it takes llvm-tools of LLVM $version (rustup component add llvm-tools), or valgrind" >&2
    exit 1
}
for program in $(programs); do
    out=$CARGO_TARGET_DIR/callgrind.out
    valgrind -q --tool=callgrind --compress-strings=no --compress-pos=no --callgrind-out-file="$out" "$program" \
        --test-threads=1 >&2 || true
    awk -v "top=$PWD/" '/^(fl|fi|fe)=/ { file = substr($0, 4) }
        /^[1-9][0-9]* / && index(file, top) == 1 { cost[file "\n" $1] += $2 }
        END {
            for (place in cost) {
                split(place, part, "\n")
                printf "SF:%s\nDA:%d,%.0f\nend_of_record\n", part[1], part[2], cost[place]
            }
        }' "$out"
done
