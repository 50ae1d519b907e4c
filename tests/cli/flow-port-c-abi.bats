#!/usr/bin/env bats
# A layer of C ABI: the old tests of a library, untouched, are linked with its port.

load setup
load port

# A library of two sources with one header, whose tests link it.
setup() {
    common_setup
    new_repository repo
    cd repo || return 1
    git config user.name 'A Tester'
    git config user.email tester@example.org
    replies=$BATS_TEST_TMPDIR/replies
    model="command/$FLOW_SOURCE_DIR/tests/cli/fake/model $replies"
    mkdir -p include src tests "$replies"
    export CARGO_HOME=$BATS_TEST_TMPDIR/cargo
    mkdir -p "$CARGO_HOME"
    cat >include/buffer.h <<'C'
#ifndef BUFFER_H
#define BUFFER_H
#include <stddef.h>
#define BUFFER_MAX 8
struct buffer {
    char *data;
    size_t len;
};
struct pool;
int buffer_add(struct buffer *b, const char *text);
char *buffer_copy(const struct buffer *b);
void buffer_free(struct buffer *b);
struct pool *pool_new(void);
void pool_put(struct pool *p, int value);
int pool_sum(const struct pool *p);
void pool_free(struct pool *p);
#endif
C
    cat >src/buffer.c <<'C'
#include "../include/buffer.h"
#include <stdlib.h>
#include <string.h>

int buffer_add(struct buffer *b, const char *text)
{
    size_t n = text ? strlen(text) : 0;
    if (!text || b->len + n > BUFFER_MAX)
        return -1;
    b->data = realloc(b->data, b->len + n + 1);
    memcpy(b->data + b->len, text, n + 1);
    b->len += n;
    return 0;
}

char *buffer_copy(const struct buffer *b)
{
    char *copy = malloc(b->len + 1);
    memcpy(copy, b->data ? b->data : "", b->len + 1);
    return copy;
}

void buffer_free(struct buffer *b)
{
    free(b->data);
    b->data = NULL;
    b->len = 0;
}
C
    cat >src/pool.c <<'C'
#include "../include/buffer.h"
#include <stdlib.h>

struct pool {
    int sum;
};

struct pool *pool_new(void)
{
    return calloc(1, sizeof(struct pool));
}

void pool_put(struct pool *p, int value)
{
    p->sum += value;
}

int pool_sum(const struct pool *p)
{
    return p ? p->sum : -1;
}

void pool_free(struct pool *p)
{
    free(p);
}
C
    cat >tests/test_buffer.c <<'C'
#include "../include/buffer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failed;

static void check(int number, int good, const char *name)
{
    printf("%sok %d %s\n", good ? "" : "not ", number, name);
    failed |= !good;
}

int main(void)
{
    struct buffer b = {0};
    printf("1..6\n");
    check(1, buffer_add(&b, "abc") == 0 && b.len == 3 && strcmp(b.data, "abc") == 0, "members");
    check(2, buffer_add(&b, NULL) == -1 && buffer_add(&b, "123456") == -1 && b.len == 3, "errors");
    char *copy = buffer_copy(&b);
    check(3, strcmp(copy, "abc") == 0, "copy");
    free(copy);
    buffer_free(&b);
    check(4, !b.data && b.len == 0, "free");
    struct pool *p = pool_new();
    pool_put(p, 40);
    pool_put(p, 2);
    check(5, pool_sum(p) == 42, "pool_put");
    check(6, pool_sum(NULL) == -1, "pool_sum of nothing");
    pool_free(p);
    pool_free(NULL);
    return failed;
}
C
    commit_all 'a library'
    git config flow.port.exclude 'tests/**'
    git config flow.port.c-abi 'include/*.h'
    buffer_reply >"$replies/translate.buffer.c"
    pool_reply >"$replies/translate.pool.c"
    layer_reply >"$replies/translate.buffer.h"
}

# pairs DROPPED REASON NAME...: the record of a reply, with the names in DROPPED as dropped.
pairs() {
    local comma='' name
    printf '```json\n{"symbols": ['
    for name in $1; do
        printf '%s{"source": "%s", "target": "", "reason": "%s"}' "$comma" "$name" "$2"
        comma=', '
    done
    for name in "${@:3}"; do
        printf '%s{"source": "%s", "target": "%s"}' "$comma" "${name%=*}" "${name#*=}"
        comma=', '
    done
    printf '], "conditions": []}\n```\n'
}

buffer_reply() {
    cat <<'RUST'
```rust
pub const BUFFER_MAX: usize = 8;

#[derive(Default)]
pub struct Buffer {
    pub data: Vec<u8>,
}

pub fn buffer_add(b: &mut Buffer, text: Option<&[u8]>) -> Result<(), ()> {
    match text {
        Some(text) if b.data.len() + text.len() <= BUFFER_MAX => {
            b.data.extend_from_slice(text);
            Ok(())
        }
        _ => Err(()),
    }
}

pub fn buffer_copy(b: &Buffer) -> Vec<u8> {
    b.data.clone()
}

pub fn buffer_free(b: &mut Buffer) {
    b.data = Vec::new();
}
```
RUST
    pairs 'pool_new pool_put pool_sum pool_free' 'src/pool.c defines it' \
        BUFFER_MAX=BUFFER_MAX buffer=Buffer buffer_add=buffer_add buffer_copy=buffer_copy buffer_free=buffer_free
}

pool_reply() {
    cat <<'RUST'
```rust
pub struct Pool {
    sum: i32,
}

pub fn pool_new() -> Box<Pool> {
    Box::new(Pool { sum: 0 })
}

pub fn pool_put(p: &mut Pool, value: i32) {
    p.sum += value;
}

pub fn pool_sum(p: Option<&Pool>) -> i32 {
    p.map_or(-1, |p| p.sum)
}

pub fn pool_free(p: Option<Box<Pool>>) {
    drop(p);
}
```
RUST
    pairs '' '' pool=Pool pool_new=pool_new pool_put=pool_put pool_sum=pool_sum pool_free=pool_free
}

layer_reply() {
    cat <<'RUST'
```rust
use crate::buffer::Buffer;
use crate::pool::Pool;
use std::ffi::CStr;
use std::os::raw::{c_char, c_int, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};

extern "C" {
    fn malloc(size: usize) -> *mut c_void;
    fn free(p: *mut c_void);
}

#[repr(C)]
#[allow(non_camel_case_types)]
pub struct buffer {
    pub data: *mut c_char,
    pub len: usize,
}

fn guard<T>(work: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| std::process::abort())
}

fn to_c(bytes: &[u8]) -> *mut c_char {
    // SAFETY: there is room for all bytes and the NUL behind them.
    unsafe {
        let p = malloc(bytes.len() + 1) as *mut u8;
        if p.is_null() {
            std::process::abort();
        }
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), p, bytes.len());
        *p.add(bytes.len()) = 0;
        p as *mut c_char
    }
}

// SAFETY: the caller's buffer holds len bytes, or none.
unsafe fn from_c(b: *const buffer) -> Buffer {
    if (*b).data.is_null() {
        return Buffer::default();
    }
    let bytes = std::slice::from_raw_parts((*b).data as *const u8, (*b).len);
    Buffer {
        data: bytes.to_vec(),
    }
}

#[no_mangle]
pub unsafe extern "C" fn buffer_add(b: *mut buffer, text: *const c_char) -> c_int {
    guard(|| {
        let mut inner = from_c(b);
        let text = if text.is_null() {
            None
        } else {
            Some(CStr::from_ptr(text).to_bytes())
        };
        if crate::buffer::buffer_add(&mut inner, text).is_err() {
            return -1;
        }
        free((*b).data as *mut c_void);
        (*b).data = to_c(&inner.data);
        (*b).len = inner.data.len();
        0
    })
}

#[no_mangle]
pub unsafe extern "C" fn buffer_copy(b: *const buffer) -> *mut c_char {
    guard(|| to_c(&crate::buffer::buffer_copy(&from_c(b))))
}

#[no_mangle]
pub unsafe extern "C" fn buffer_free(b: *mut buffer) {
    guard(|| {
        free((*b).data as *mut c_void);
        (*b).data = std::ptr::null_mut();
        (*b).len = 0;
    })
}

#[no_mangle]
pub extern "C" fn pool_new() -> *mut Pool {
    guard(|| Box::into_raw(crate::pool::pool_new()))
}

#[no_mangle]
pub unsafe extern "C" fn pool_put(p: *mut Pool, value: c_int) {
    guard(|| crate::pool::pool_put(&mut *p, value))
}

#[no_mangle]
pub unsafe extern "C" fn pool_sum(p: *const Pool) -> c_int {
    guard(|| crate::pool::pool_sum(p.as_ref()))
}

#[no_mangle]
pub unsafe extern "C" fn pool_free(p: *mut Pool) {
    guard(|| {
        crate::pool::pool_free(if p.is_null() {
            None
        } else {
            Some(Box::from_raw(p))
        })
    })
}
```
RUST
    pairs BUFFER_MAX 'C programs still have the macro' buffer=buffer buffer_add=buffer_add buffer_copy=buffer_copy \
        buffer_free=buffer_free pool_new=pool_new pool_put=pool_put pool_sum=pool_sum pool_free=pool_free
}

# judge: the old tests, as they were committed, linked with the static library of the port.
judge() {
    git worktree add -q --detach ../built flow/port/main
    (
        cd ../built || exit 1
        cargo build --offline --quiet --manifest-path rust/Cargo.toml
        gcc -o old tests/test_buffer.c rust/target/debug/librepo.a -lpthread -ldl -lm
        ./old
    )
}

@test "a library is ported with a layer, and its old tests judge the port" {
    run --separate-stderr -0 port
    [ "$(cell c-abi://include/buffer.h state)" = committed ]
    [ "$(cell c-abi://include/buffer.h target)" = rust/src/c_abi_buffer.rs ]
    [ "$(cell src/buffer.c state)" = committed ]
    # It came last, had two reviewers, and its prompt is another one.
    [ "$(git log -1 --format='%(trailers:key=Flow-Unit,valueonly)' flow/port/main)" = 'c-abi://include/buffer.h' ]
    [ "$(grep -c '^c-abi://include/buffer.h/review/' "$replies/calls")" = 2 ]
    local seen
    seen=$(cat "$replies"/seen/c-abi:__include_buffer.h_translate_*)
    [[ $seen == *'through which programs in C go on to use it'* ]]
    [[ $seen == *'Box::into_raw'* ]]
    [[ $seen == *'struct pool *pool_new(void);'* ]]
    [[ $seen == *'pub fn pool_new() -> Box<Pool>'*  ]]
    # Translator and reviewers see what the functions did with their arguments.
    local who
    for who in translate review_behaviour review_soundness; do
        [[ $(cat "$replies/seen/c-abi:__include_buffer.h_$who"_*) == *'As `src/pool.c` had them'*'return p ? p->sum : -1;'* ]]
    done
    [[ $(cat "$replies"/seen/src_pool.c_translate_*) != *'Box::into_raw'* ]]
    git show flow/port/main:rust/Cargo.toml | grep -qx 'crate-type = \["rlib", "staticlib"\]'
    [ "$(git diff --name-only main flow/port/main -- include src tests)" = '' ]
    run --separate-stderr -0 judge
    [ "$(grep -c '^ok ' <<<"$output")" = 6 ]
    # Nothing is left to do.
    rm "$replies/calls"
    run --separate-stderr -0 port
    [ "$(calls)" = 0 ]
}

@test "a layer is one more unit, behind those that it is made of" {
    run --separate-stderr -0 flow-analyze
    [ "$(tail -n 1 <<<"$output" | cut -f 1)" = 'c-abi://include/buffer.h' ]
    [ "$(cell c-abi://include/buffer.h tier)" = 2 ]
    [ "$(cell c-abi://include/buffer.h imports)" = 2 ]
    run --separate-stderr -0 flow-analyze --deps
    [ "$(grep '^c-abi' <<<"$output")" = 'c-abi://include/buffer.h	src/buffer.c
c-abi://include/buffer.h	src/pool.c' ]
    run -1 grep '	c-abi:' <<<"$output"
    # It waits for them, and can be asked for by name.
    run --separate-stderr -0 port src/buffer.c src/pool.c
    [ "$(cell c-abi://include/buffer.h state)" = '' ]
    run --separate-stderr -0 port c-abi://include/buffer.h
    [ "$(cell c-abi://include/buffer.h state)" = committed ]
    # Without the setting there is none.
    git config --unset flow.port.c-abi
    run --separate-stderr -0 flow-analyze
    run -1 grep c-abi <<<"$output"
}

@test "a function that C programs would not find is refused" {
    layer_reply | sed 's/^pub extern "C" fn pool_new/pub fn pool_new/' >"$replies/translate.buffer.h"
    printf '{"edits": [{"find": "pub fn pool_new", "replace": "pub extern \\"C\\" fn pool_new"}],' >"$replies/fix.gate.buffer.h"
    printf '"findings": [{"number": 1, "fate": "fixed", "reason": ""}]}' >>"$replies/fix.gate.buffer.h"
    run --separate-stderr -0 port
    [[ $(cat "$replies"/seen/c-abi:__include_buffer.h_fix_gate_1_1_0_0) == *"'pool_new' is not exported"* ]]
    run --separate-stderr -0 judge
}

@test "a header that is not there, and a language without such layers, are said" {
    git config flow.port.c-abi 'include/puffer.h'
    run --separate-stderr -3 port
    [[ $stderr == *"no header fits 'include/puffer.h' (port.c-abi)"* ]]
    git config flow.port.c-abi 'include/buffer.h'
    run --separate-stderr -3 port --to go
    [[ $stderr == *'a port into go has no layer of C ABI'* ]]
}

@test "flow-fix mends a layer, which needs its unsafe and keeps its names" {
    layer_reply | sed 's/(\*b).len = inner.data.len();/(*b).len = inner.data.size();/' >"$replies/translate.buffer.h"
    run --separate-stderr -0 port
    cat >"$replies/fix.build.1.buffer.h" <<'JSON'
{"edits": [{"find": "inner.data.size()", "replace": "inner.data.len()"},
           {"find": "#[no_mangle]\npub unsafe extern \"C\" fn pool_free", "replace": "pub unsafe extern \"C\" fn pool_free"}],
 "findings": [{"number": 1, "fate": "fixed", "reason": ""}]}
JSON
    printf '{"edits": [{"find": "inner.data.size()", "replace": "unsafe { inner.data.len() }"}],' >"$replies/fix.build.2.buffer.h"
    printf '"findings": [{"number": 1, "fate": "fixed", "reason": ""}]}' >>"$replies/fix.build.2.buffer.h"
    local confined=()
    bwrap --ro-bind / / --unshare-all true 2>/dev/null || confined=(--no-sandbox)
    run --separate-stderr -0 flow-fix --model "$model" --yes "${confined[@]}"
    [ "$(cell 1 state)" = nothing ]
    [ "$(cell 2 state)" = committed ]
    [ "$(cell 2 after)" = 0 ]
    grep -q "'pool_free' is not exported" "$replies"/seen/c-abi:__include_buffer.h_fix_build_0_1_*
    run --separate-stderr -0 judge
}

@test "flow-fix runs the old tests against the port, and what they find is mended" {
    pool_reply | sed 's/p.sum += value/p.sum -= value/' >"$replies/translate.pool.c"
    run --separate-stderr -0 port
    git config flow.build.command 'gcc -o old tests/test_buffer.c src/buffer.c src/pool.c'
    git config flow.test.command ./old
    git config flow.fix.test 'cargo build --offline --quiet &&
        gcc -o old ../tests/test_buffer.c target/debug/librepo.a -lpthread -ldl -lm && ./old'
    printf '{"edits": [{"find": "p.sum -= value", "replace": "p.sum += value"}],' >"$replies/fix"
    printf '"findings": [{"number": 1, "fate": "fixed", "reason": ""}]}' >>"$replies/fix"
    local confined=()
    bwrap --ro-bind / / --unshare-all true 2>/dev/null || confined=(--no-sandbox)
    run --separate-stderr -0 flow-fix --model "$model" --yes "${confined[@]}"
    # pool_put is declared in the layer, too, which only passes the call on.
    [ "$(cell 1 state)" = committed ]
    [ "$(cell 1 files)" = 1 ]
    [ "$(cell 1 passed)" = 6 ]
    [ "$(git diff --name-only flow/port/main~1 flow/port/main)" = rust/src/pool.rs ]
    [[ $(cat "$replies"/seen/src_pool.c_fix_build_0_1_*) == *pool_put* ]]
    run --separate-stderr -0 judge
}
