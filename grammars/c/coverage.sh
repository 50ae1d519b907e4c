# Which lines the tests execute, as the JSON of gcov: the project's own build and tests, with a compiler that counts.
export CC="${CC:-gcc} --coverage" MAKEFLAGS=-e
sh -c "$FLOW_BUILD" >&2 || exit
sh -c "$FLOW_TEST" >&2
find . -name '*.gcda' -exec gcov --json-format --stdout {} +
