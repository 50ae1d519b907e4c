# The project's own tests, from sources with hooks. The compiler is to keep every frame and every line, whatever flags
# follow; its warnings are about hooks.
export CC="${CC:-gcc} -g -fno-omit-frame-pointer -fno-optimize-sibling-calls -fno-inline -w" MAKEFLAGS=-e
sh -c "$FLOW_BUILD" >&2 || { echo "the build ended with status $?" >&2; exit 1; }
LD_PRELOAD=$FLOW_TRACE_LIBRARY sh -c "$FLOW_TEST"
