// SPDX-License-Identifier: MIT
// One small source for each rule, and the class that it has to give; tables that come back.
#include "lifetimes_rows.h"

static void test_owned(void **state)
{
    ZIG("const B = struct { n: u32 };\n"
        "const A = struct {\n    b: *B,\n    pub fn deinit(self: *A) void {\n        "
        "allocator.destroy(self.b);\n    }\n};\n",
        "A.b=OWNED/destroyed");
    // Through the name that a test for absence gives, and through a helper.
    ZIG("const B = struct { n: u32 };\n"
        "fn drop(x: *B) void {\n    allocator.destroy(x);\n}\n"
        "const A = struct {\n    b: ?*B,\n    pub fn deinit(self: *A) void {\n        if (self.b) |x| "
        "drop(x);\n    }\n};\n",
        "A.b=OWNED/destroyed");
    C("struct b { int n; };\nstruct a { struct b *b; char *s; };\n"
      "void a_free(struct a *a)\n{\n    free(a->b);\n    free(a->s);\n    free(a);\n}\n",
      "a.b=OWNED/destroyed a.s=OWNED/destroyed");
}

static void test_shared(void **state)
{
    ZIG("const B = struct {\n    n: u32,\n    pub fn ref(self: *B) void {}\n    pub fn deref(self: *B) void "
        "{}\n};\n"
        "const A = struct {\n    b: *B,\n    pub fn deinit(self: *A) void {\n        self.b.deref();\n    "
        "}\n};\n",
        "A.b=SHARED/unref");
    C("struct b { int refcount; };\nvoid b_free(struct b *b);\nstruct a { struct b *b; };\n"
      "void a_free(struct a *a)\n{\n    b_free(a->b);\n}\n",
      "a.b=SHARED/counted-destroyed");
}

static void test_borrowed(void **state)
{
    ZIG("const B = struct { n: u32 };\n"
        "const A = struct {\n    b: *B,\n    pub fn init(b: *B) A {\n        return .{ .b = b };\n    "
        "}\n};\n",
        "A.b=BORROW_PARAM/passed-to-short-lived");
    C("struct b { int n; };\nstruct a { struct b *b; };\n"
      "void use(struct b *b)\n{\n    struct a a = {.b = b};\n    work(&a);\n}\n",
      "a.b=BORROW_PARAM/passed-to-short-lived");
    // Into itself, and beside the one that owns.
    ZIG("const A = struct {\n    buf: [8]u8,\n    at: *[8]u8,\n    pub fn start(self: *A) void {\n        "
        "self.at = &self.buf;\n    }\n};\n",
        "A.at=BORROW_FIELD/sibling");
    ZIG("const B = struct { n: u32 };\n"
        "const A = struct {\n    first: ?*B,\n    last: ?*B,\n    pub fn add(self: *A) void {\n"
        "        const b = allocator.create(B);\n        self.first = b;\n        self.last = b;\n    }\n"
        "    pub fn deinit(self: *A) void {\n        allocator.destroy(self.first);\n    }\n};\n",
        "A.first=OWNED/destroyed A.last=BORROW_FIELD/kept-twice");
}

static void test_static(void **state)
{
    ZIG("const A = struct { f: *const fn (u32) void, g: ?*const fn () void };\n",
        "A.f=STATIC/function-type A.g=STATIC/function-type");
    ZIG("const B = struct { n: u32 };\nvar shared: B = .{};\n"
        "const A = struct {\n    b: *B,\n    pub fn init() A {\n        return .{ .b = &shared };\n    "
        "}\n};\n",
        "A.b=STATIC/global");
    C("struct a { void (*f)(int); };\n", "a.f=STATIC/function-type");
    // Behind names, but not what points to such a pointer.
    C("typedef void (*cb_t)(int);\ntypedef char *fn_t(int);\ntypedef cb_t other_t;\n"
      "typedef struct b *(*get_t)(void);\n"
      "struct a { cb_t f; fn_t *g; other_t h; get_t i; cb_t *table; fn_t **many; };\n",
      "a.f=STATIC/function-type a.g=STATIC/function-type a.h=STATIC/function-type a.i=STATIC/function-type "
      "a.many=BORROW_PARAM/nothing-known a.table=BORROW_PARAM/nothing-known");
    ZIG("const F = fn () void;\nfn work() void {}\n"
        "const A = struct {\n    f: *const F,\n    fn init() A {\n        return .{ .f = &work };\n    "
        "}\n};\n",
        "A.f=STATIC/function-type");
    ZIG("const fns = struct { const G = struct { n: u32 }; };\nconst G = fns.G;\nconst A = struct { g: "
        "*const "
        "G };\n",
        "A.g=BORROW_PARAM/nothing-known");
    ZIG("const B = struct { n: u32 };\nvar shared: B = .{};\nconst A = struct { b: *B = &shared };\n",
        "A.b=STATIC/global-by-default");
}

static void test_links(void **state)
{
    ZIG("const N = struct {\n    next: ?*N,\n    pub fn skip(self: *N) void {\n        self.next = "
        "self.next.?.next;\n    }\n};\n",
        "N.next=INTRUSIVE/self-relinked");
    C("struct n { struct n *next; };\nstruct list { struct n *head; };\n"
      "void pop(struct list *l)\n{\n    l->head = l->head->next;\n}\n",
      "n.next=INTRUSIVE/self-link list.head=INTRUSIVE/list-head");
    // A tree that frees itself is no list.
    C("struct t { struct t *left; };\nvoid t_free(struct t *t)\n{\n    t_free(t->left);\n    free(t);\n}\n",
      "t.left=OWNED/self-freed");
}

static void test_back(void **state)
{
    ZIG("const P = struct {\n    child: C,\n    pub fn start(self: *P) void {\n        self.child = C{ "
        ".parent = self };\n    }\n};\n"
        "const C = struct { parent: *P };\n",
        "C.parent=BACKREF/part");
    // In a list, by another name.
    ZIG("const P = struct { all: Many };\nconst Many = List(C);\nconst C = struct { parent: *P };\n",
        "C.parent=BACKREF/part");
    ZIG("const P = struct {\n    child: ?*C,\n    pub fn start(self: *P) void {\n        self.child.?.parent "
        "= "
        "self;\n    }\n};\nconst C = struct { parent: *P };\n",
        "P.child=BORROW_PARAM/nothing-known C.parent=BACKREF/maker");
    // One on the stack only looks at what makes it.
    ZIG("const P = struct {\n    n: u32,\n    last: ?*C,\n    fn all(self: *P) C {\n        return .{ .p = "
        "self "
        "};\n    }\n};\nconst C = struct { p: *P };\n",
        "P.last=BORROW_PARAM/nothing-known C.p=BORROW_PARAM/passed-to-short-lived");
    // A constructor makes the object at work.
    ZIG("const P = struct {\n    child: ?*C,\n    fn init() *P {\n        const p = allocator.create(P);\n"
        "        p.child.?.parent = p;\n        return p;\n    }\n};\nconst C = struct { parent: *P };\n",
        "P.child=BORROW_PARAM/nothing-known C.parent=BACKREF/maker");
    C("struct b;\nstruct a { struct b *b; };\nstruct b { struct a *a; };\n"
      "void a_set(struct a *a, int n, struct b *b)\n{\n    a->b = b;\n}\n",
      "a.b=BACKREF/holder b.a=BORROW_PARAM/nothing-known");
    ZIG("const T = struct {\n    parent: ?*T,\n    fn child(self: *T) T {\n        return .{ .parent = self "
        "};\n    "
        "}\n};\n",
        "T.parent=BACKREF/self-maker");
    // Through a parameter, to one that holds nothing of the kind; and to one whose part holds it.
    ZIG("const P = struct {\n    n: u32,\n    fn start(self: *P) void {\n        C.make(self);\n    }\n};\n"
        "const C = struct {\n    p: *P,\n    fn make(p: *P) *C {\n        const c = allocator.create(C);\n"
        "        c.p = p;\n        return c;\n    }\n};\n",
        "C.p=BACKREF/giver");
    ZIG("const P = struct { m: M };\nconst M = struct { c: ?*C };\n"
        "const C = struct {\n    p: *P,\n    fn make(p: *P) *C {\n        const c = allocator.create(C);\n"
        "        c.p = p;\n        return c;\n    }\n};\n",
        "M.c=BORROW_PARAM/nothing-known C.p=BACKREF/deep-holder");
}

// In C what a function gets first says little of who holds what; who frees it does.
static void test_back_in_c(void **state)
{
    C("struct c { struct p *p; };\nstruct p { struct c *c; };\n"
      "void c_set(struct c *c, struct p *p)\n{\n    c->p = p;\n}\n"
      "void p_free(struct p *p)\n{\n    free(p->c);\n}\n",
      "c.p=BACKREF/owned-there p.c=OWNED/destroyed");
    C("struct n { struct n *up, *next; };\n"
      "struct n *below(struct n *n)\n{\n    struct n *m = get();\n    m->up = n;\n    return m;\n}\n",
      "n.next=INTRUSIVE/self-link n.up=BACKREF/self-maker");
    C("struct n { struct n *next; };\n"
      "struct n *before(struct n *n)\n{\n    struct n *m = get();\n    m->next = n;\n    return m;\n}\n",
      "n.next=INTRUSIVE/self-link");
    // What a function of a table takes is not held by the table.
    C("struct a { const struct ops *ops; };\ntypedef int run_fn(struct a *a);\nstruct ops { run_fn *run; };\n"
      "void a_set(struct a *a, int n, const struct ops *ops)\n{\n    a->ops = ops;\n}\n",
      "a.ops=BORROW_PARAM/passed-to-short-lived ops.run=STATIC/function-type");
}

static void test_foreign(void **state)
{
    ZIG("const A = extern struct { p: *u32 };\nconst B = struct { q: [*c]u8, f: *const fn () callconv(.c) "
        "void, ctx: ?*anyopaque };\n"
        "const H = opaque {};\nconst D = struct { h: *H };\n",
        "A.p=FFI/foreign-struct B.ctx=FFI/opaque-beside-callback B.f=FFI/foreign-type B.q=FFI/foreign-type "
        "D.h=FFI/opaque-without-end");
    ZIG("const H = opaque {\n    pub fn deref(self: *H) void {}\n};\n"
        "const A = struct {\n    h: *H,\n    fn end(self: *A) void {\n        self.h.deref();\n    }\n};\n",
        "A.h=SHARED/opaque-counted");
    ZIG("const H = opaque {\n    pub fn open(self: *H) A {\n        return .{ .h = self };\n    }\n};\n"
        "const A = struct { h: *H };\n",
        "A.h=BORROW_PARAM/opaque-maker");
    ZIG("const H = opaque {\n    pub fn deinit(self: *H) void {}\n};\nconst A = struct { h: *H };\n",
        "A.h=FFI/opaque-type");
    ZIG("extern fn get() *u32;\nconst E = extern struct { p: *u32 };\n"
        "const A = struct {\n    p: *u32,\n    q: *u32,\n    fn init(e: *E) A {\n        return .{ .p = "
        "get(), .q "
        "= e.p };\n    }\n};\n",
        "E.p=FFI/foreign-struct A.p=FFI/foreign-call A.q=FFI/foreign-field");
}

static void test_arena(void **state)
{
    ZIG("const B = struct { n: u32 };\n"
        "const A = struct {\n    b: *B,\n    pub fn fill(self: *A) void {\n        self.b = "
        "self.arena.allocator().create(B);\n    }\n};\n",
        "A.b=ARENA/arena");
    C("struct a { char *p, *q, *r; };\nvoid work(struct a *a, struct heap *pool)\n{\n"
      "    a->p = heap_alloc(&a->mem_pool, 2);\n    a->q = obstack_copy0(&a->stack, a->p, 2);\n"
      "    a->r = heap_alloc(a->threads, 2);\n}\n",
      "a.p=ARENA/arena a.q=ARENA/arena a.r=OWNED/allocated");
}

#define B "const B = struct { n: u32 };\nvar shared: B = .{};\n"

// What the last rules say where nothing that is better holds.
static void test_ends(void **state)
{
    ZIG(B "const A = struct {\n    b: *B,\n    fn reset(self: *A) void {\n        "
          "allocator.destroy(self.b);\n    "
          "}\n};\n",
        "A.b=OWNED/freed");
    ZIG("const B = struct {\n    n: u32,\n    pub fn deinit(self: *B) void {}\n};\n"
        "const A = struct {\n    b: *B,\n    pub fn init(b: *B) A {\n        return .{ .b = b };\n    }\n"
        "    pub fn deinit(self: *A) void {\n        self.b.deinit();\n    }\n};\n",
        "A.b=BORROW_PARAM/torn-down-but-given");
    ZIG(B "const A = struct {\n    b: *B,\n    pub fn init() A {\n        return .{ .b = &shared };\n    }\n"
          "    pub fn deinit(self: *A) void {\n        allocator.destroy(self.b);\n    }\n};\n",
        "A.b=OWNED/destroyed-but-global");
    ZIG(B "const A = struct {\n    b: *B,\n    fn end(self: *A) void {\n        self.b.deref();\n    }\n};\n",
        "A.b=SHARED/unref-of-uncounted");
    ZIG("const B = struct {\n    ref_count: u32,\n    pub fn ref(self: *B) void {}\n    pub fn deref(self: "
        "*B) void "
        "{}\n};\nconst A = struct {\n    b: *B,\n    fn init() A {\n        return .{ .b = find() };\n    "
        "}\n};\n",
        "A.b=SHARED/counted-and-kept");
    ZIG(B
        "const A = struct {\n    b: ?*B,\n    fn init(o: ?*B) A {\n        return .{ .b = if (o) |x| x.ref() "
        "else null };\n    }\n};\n",
        "A.b=SHARED/acquired");
    ZIG("const B = struct {\n    n: u32,\n    fn deinit(self: *B) void {}\n};\nvar shared: B = .{};\n"
        "const A = struct {\n    b: *B,\n    fn init() A {\n        return .{ .b = &shared };\n    }\n"
        "    fn deinit(self: *A) void {\n        self.b.deinit();\n    }\n};\n",
        "A.b=STATIC/global-torn-down");
    // Who is torn down by a method that frees what it is called on is freed.
    ZIG("const B = struct {\n    n: u32,\n    fn deinit(self: *B) void {\n        allocator.destroy(self);\n "
        "   "
        "}\n};\nconst A = struct {\n    b: *B,\n    fn init(b: *B) A {\n        return .{ .b = b };\n    }\n"
        "    fn deinit(self: *A) void {\n        self.b.deinit();\n    }\n};\n",
        "A.b=OWNED/destroyed");
    // Its reference is given back by a method that is called on it, and the field is emptied.
    ZIG("const B = struct {\n    n: u32,\n    fn ref(self: *B) void {}\n    fn unref(self: *B) void {}\n"
        "    fn detach(self: *B) void {\n        self.unref();\n    }\n};\n"
        "const A = struct {\n    b: ?*B,\n    fn set(self: *A, b: *B) void {\n        self.b = b;\n    }\n"
        "    fn stop(self: *A) void {\n        if (self.b) |b| {\n            self.b = null;\n"
        "            b.detach();\n        }\n    }\n};\n",
        "A.b=SHARED/unref");
}

// Where values come from, through what languages offer to write them.
static void test_values(void **state)
{
    // A block that gives a value; an object that is filled as a whole; one of two values that is none.
    ZIG(B "const A = struct {\n    b: *B,\n    fn fill(self: *A) void {\n        self.b = blk: {\n"
          "            const b = allocator.create(B);\n            break :blk b;\n        };\n    }\n"
          "    fn deinit(self: *A) void {}\n    };\n",
        "A.b=OWNED/allocated");
    ZIG(B "const A = struct { b: *B };\nfn fill(a: *A) void {\n    a.* = .{ .b = &shared };\n}\n"
          "const Z = struct { b: *B };\n",
        "A.b=STATIC/global Z.b=BORROW_PARAM/nothing-known");
    C("int g;\nstruct a { int *p; };\nvoid a_set(struct a *a, int n)\n{\n    a->p = n ? NULL : &g;\n}\n",
      "a.p=STATIC/global");
    // Functions that a type has from a generic one.
    ZIG("pub fn New(comptime T: type) fn () *T {\n    return struct {\n        fn new() *T {\n            "
        "return "
        "allocator.create(T);\n        }\n    }.new;\n}\n"
        "const C = struct {\n    n: u32,\n    const new = New(@This());\n    fn deinit(self: *C) void "
        "{}\n};\n"
        "const A = struct {\n    c: *C,\n    fn fill(self: *A) void {\n        self.c = C.new();\n    "
        "}\n};\n",
        "A.c=OWNED/allocated");
    // Types that a function gives, and types inside of them.
    ZIG("fn Make(comptime x: bool) type {\n    return opaque {\n        pub const In = Inner(x);\n    };\n}\n"
        "fn Inner(comptime x: bool) type {\n    return opaque {};\n}\n"
        "const A = struct { m: *Make(true), i: *Make(true).In };\n",
        "A.i=FFI/opaque-without-end A.m=FFI/opaque-without-end");
    // What a call gave a local is something else than its argument.
    ZIG("const B = struct {\n    n: u32,\n    fn ref(self: *B) void {}\n    fn deref(self: *B) void {}\n};\n"
        "fn name(b: *B) void {\n    const s = text(b);\n    s.deref();\n}\n"
        "const A = struct {\n    p: *u32,\n    fn use(self: *A) void {\n        name(self.p);\n    }\n};\n",
        "A.p=BORROW_PARAM/nothing-known");
}

static void test_allocated(void **state)
{
    ZIG(B "const A = struct {\n    b: *B,\n    p: *u32,\n    q: *u32,\n    fn fill(self: *A) void {\n"
          "        self.b = allocator.create(B);\n        self.p = allocator.create(u32);\n"
          "        self.q = allocator.create(u32);\n        self.q = &shared.n;\n    }\n};\n",
        "A.b=ARENA/never-freed A.p=OWNED/allocated A.q=OWNED/allocated-among-others");
    ZIG("const T = struct {\n    left: ?*T,\n    fn grow(self: *T) void {\n        self.left = "
        "allocator.create(T);\n    }\n};\n",
        "T.left=OWNED/self-allocated");
}

static void test_passed(void **state)
{
    ZIG("const A = struct {\n    p: *u32,\n    pub fn init(p: *u32) A {\n        return .{ .p = p };\n    }\n"
        "    pub fn deinit(self: *A) void {}\n};\n",
        "A.p=BORROW_PARAM/passed");
    ZIG("const A = struct {\n    p: *const u32,\n    pub fn init(p: *const u32) A {\n        return .{ .p = "
        "p "
        "};\n    }\n    pub fn deinit(self: *A) void {}\n};\n",
        "A.p=BORROW_PARAM/passed-constant");
    ZIG(B
        "const A = struct {\n    p: *u32,\n    fn at(b: *B) A {\n        return .{ .p = &b.n };\n    }\n};\n",
        "A.p=BORROW_PARAM/passed-to-short-lived");
    ZIG("const A = struct {\n    p: *u32,\n    q: *u32,\n    fn set(self: *A, p: *u32) void {\n        "
        "self.p = p;\n"
        "        self.p = find();\n        self.q = find();\n    }\n};\n",
        "A.p=BORROW_PARAM/passed-among-others A.q=BORROW_PARAM/given");
    ZIG("const A = struct {\n    q: *u32,\n    fn set(self: *A) void {\n        self.q = find();\n    }\n"
        "    pub fn deinit(self: *A) void {}\n};\n",
        "A.q=BORROW_PARAM/given");
    ZIG("const A = struct { p: **u32 };\n", "A.p=BORROW_PARAM/pointer-to-pointer");
}

// What recurs, has no name, is written twice, or does not parse has its rows all the same.
static void test_odd(void **state)
{
    C("struct a { struct b *b; };\nstruct b { struct a *a; };\n",
      "a.b=BORROW_PARAM/nothing-known b.a=BORROW_PARAM/nothing-known");
    ZIG("fn one() void {\n    const W = struct { p: *u32 };\n}\nfn two() void {\n    const W = struct { p: "
        "*u8 };\n}\n"
        "fn Box(comptime T: type) type {\n    return struct { it: *T };\n}\n",
        "one.W.p=BORROW_PARAM/local-struct two.W.p=BORROW_PARAM/local-struct "
        "Box.it=BORROW_PARAM/nothing-known");
    C("#ifdef X\nstruct a { char *p; };\n#else\nstruct a { char *p; int *q; };\n#endif\n",
      "a.p=BORROW_PARAM/nothing-known a@4.p=BORROW_PARAM/nothing-known a@4.q=BORROW_PARAM/nothing-known");
    C("struct a {\n#ifdef X\n    char *p;\n#else\n    const char *p;\n#endif\n};\n",
      "a.p=BORROW_PARAM/nothing-known");
    C("int x = ) 1;\nstruct a { char *p; };\n", "a.p=BORROW_PARAM/nothing-known");
    ZIG("const A = struct { p: *u32 };\nfn broken( {\nconst Z = struct { q: *u32 };\n",
        "A.p=BORROW_PARAM/nothing-known Z.q=BORROW_PARAM/nothing-known");
    // Without a name of its own.
    C("struct a { struct { char *p; } in; union { int *q; }; };\n",
      "a.q=BORROW_PARAM/nothing-known a.in.p=BORROW_PARAM/nothing-known");
    ZIG("const A = struct { in: struct { p: *u32 }, next: ?*A };\n",
        "A.next=INTRUSIVE/self-link A.in.p=BORROW_PARAM/nothing-known");
}

#define PASSED                                                                                               \
    "struct b { int n; };\nstruct a { const struct b *b; };\n"                                               \
    "void set(struct a *a, const struct b *b)\n{\n    a->b = b;\n}\n"
#define OPENED                                                                                               \
    "#ifdef __cplusplus\nextern \"C\" {\nnamespace n {\n#endif\nstruct a { char *p; };\n"                    \
    "#ifdef __cplusplus\n}\n}\n#endif\n"

// What is sure because nothing else was seen is not, where something may have been.
static void test_unparsed(void **state)
{
    C_TYPES(PASSED, "a.b=high/Option<&'a b>");
    C_TYPES(PASSED "int x = ) 1;\n", "a.b=medium/Option<&'a b>");
    C_TYPES("int x = ) 1;\nstruct a { int *p; };\nvoid a_free(struct a *a)\n{\n    free(a->p);\n}\n",
            "a.p=high/Option<Box<int>>");
    // What another compiler alone sees looks like a function around the structs.
    C(OPENED, "n.a.p=BORROW_PARAM/nothing-known");
    C(OPENED "void a_free(struct a *a)\n{\n    free(a->p);\n}\n", "n.a.p=OWNED/destroyed");
}

static void test_types(void **state)
{
    // Bytes are many, as a rule; a raw pointer has no length.
    C_TYPES("struct a { char *p; const unsigned char *q; };\n"
            "void a_free(struct a *a)\n{\n    free(a->p);\n}\n"
            "void set(struct a *a, const unsigned char *q)\n{\n    a->q = q;\n}\n",
            "a.p=high/Option<Box<[u8]>> a.q=high/Option<&'a [u8]>");
    C_TYPES("static const char *name = \"x\";\nstruct charge { int n; };\nstruct a { struct charge *c; };\n",
            ".name=medium/Option<&'static [u8]> a.c=low/Option<&'a mut charge>");
    C_TYPES("struct b { int n; };\nstruct a { struct b **p; char *q[4]; int (*r)(char **); };\n"
            "void a_free(struct a *a)\n{\n    free(a->p);\n}\n",
            "a.p=high/ a.q=low/ a.r=high/Option<fn(…)>");
    C_TYPES("typedef void (*cb_t)(int);\ntypedef void fn_t(int);\nstruct a { cb_t f; fn_t *g; };\n",
            "a.f=high/Option<fn(…)> a.g=high/Option<fn(…)>");
}

// What stands in braces, by name or by number.
static void test_initializers(void **state)
{
    C("struct in { int n; const char *text; };\n"
      "struct a { int n; const char *name; struct in in; const char *tail[2]; };\n"
      "static const struct a table[] = { { 1, \"x\", { 2, \"y\" }, { \"z\", \"w\" } }, { 3, \"v\" } /* , */, "
      "};\n",
      "in.text=STATIC/constant a.name=STATIC/constant a.tail=STATIC/constant");
    C("struct b { int n; char *p; };\nvoid work(char *p)\n{\n    struct b b = {1, p};\n    use(&b);\n}\n"
      "struct c { int n; char *p; };\nvoid other(char *p)\n{\n    use(&(struct c){1, p});\n}\n",
      "b.p=BORROW_PARAM/passed-to-short-lived c.p=BORROW_PARAM/passed-to-short-lived");
    C("struct d { const char *s; };\nstatic struct d d[] = { [2] = { .s = \"x\" }, { \"y\" } };\n"
      "struct e { struct d d; const char *s; };\nstatic struct e e = { .d = { .s = \"x\" }, .s = \"y\" };\n",
      "d.s=STATIC/constant e.s=STATIC/constant");
    // Of two structs of one name, the function's own.
    C("struct t { int n; const char *s; };\n"
      "int f(void)\n{\n    struct t { const char *s; };\n    static const struct t all[] = {{\"x\"}};\n"
      "    return all[0].s != 0;\n}\n",
      "t.s=BORROW_PARAM/nothing-known f.t.s=STATIC/constant");
    // Which member a number means is not known where conditions choose them.
    C("struct c { int n;\n#ifdef X\n    char *p;\n#endif\n    char *q; };\nstatic struct c c = {1, \"x\", "
      "\"y\"};\n",
      "c.p=BORROW_PARAM/nothing-known c.q=BORROW_PARAM/nothing-known");
}

// Macros do in their callers what they say, functions fill what they get the address of.
static void test_filled(void **state)
{
    C("#define MAKE(x, n) ((x) = calloc((n), sizeof(*(x))))\n"
      "#define GROW(x, nr, alloc) \\\n    do { \\\n        if ((nr) > alloc) { \\\n            alloc = (nr); "
      "\\\n"
      "            MAKE(x, alloc); \\\n        } \\\n    } while (0)\n"
      "#define DROP(p) do { free(p); (p) = NULL; } while (0)\n#define NAME \"x\"\n"
      "struct a { char *p, *q; const char *s; };\n"
      "void work(struct a *a, int n)\n{\n    MAKE(a->p, 2);\n    GROW(a->q, n, n);\n    a->s = NAME;\n}\n"
      "void a_free(struct a *a)\n{\n    DROP(a->p);\n}\n",
      "a.p=OWNED/destroyed a.q=OWNED/allocated a.s=STATIC/constant");
    C("struct a { char *p, *q; };\nvoid make(char **out)\n{\n    *out = strdup(\"x\");\n}\n"
      "void deep(char **out)\n{\n    make(out);\n}\n"
      "void work(struct a *a)\n{\n    char *s;\n    deep(&a->p);\n    make(&s);\n    a->q = s;\n}\n"
      "struct b { char *in; };\nvoid fill(char **out, char *in)\n{\n    *out = in;\n}\n"
      "void look(char *in)\n{\n    struct b b;\n    fill(&b.in, in);\n}\n",
      "a.p=OWNED/allocated a.q=OWNED/allocated b.in=BORROW_PARAM/passed-to-short-lived");
    // What clears something to begin anew does not end it.
    C("struct b { int n; };\nstruct a { struct b *b; };\nvoid b_read(struct b *b)\n{\n    "
      "b_parts_clear(b);\n}\n"
      "void work(struct a *a, int n, struct b *b)\n{\n    a->b = b;\n    b_read(a->b);\n}\n",
      "a.b=BORROW_PARAM/passed-to-short-lived");
    // A name that gets several values, the last of which is none.
    C("struct a { char *p; };\nchar *get(int n)\n{\n    char *s = NULL;\n    s = strdup(\"x\");\n    if (n) "
      "{\n"
      "        free(s);\n        s = NULL;\n    }\n    return s;\n}\n"
      "void work(struct a *a)\n{\n    a->p = get(1);\n}\n",
      "a.p=OWNED/allocated");
    // Of two functions of one name the one that other files see is meant, here the only one that is seen.
    C("struct a { char *p, *q; };\nvoid work(struct a *a, char *s)\n{\n    char text[9];\n    static char "
      "all[9];\n"
      "    a->p = all;\n    a->q = s + 1;\n    use(text);\n}\n",
      "a.p=STATIC/global a.q=BORROW_PARAM/passed-to-short-lived");
}

#define CUT                                                                                                  \
    "struct a { char *p; };\nvoid a_free(struct a *a)\n{\n#ifdef X\n    if (a->p) {\n#else\n    {\n#endif\n" \
    "        free(a->p);\n    }\n}\n"                                                                        \
    "#ifdef __cplusplus\nextern \"C\" {\n#endif\nvoid last(struct a *a)\n{\n    a->p = strdup(\"x\");\n}\n"

// A function that conditions cut in two is looked at in one branch of each.
static void test_conditions(void **state)
{
    C(CUT, "a.p=OWNED/destroyed");
    // Fields of other branches stay.
    C("struct a {\n#ifdef X\n    char *p;\n#else\n    char *q;\n#endif\n};\n"
      "void a_free(struct a *a)\n{\n#if 0\n    if (a) {\n#elif 1\n    {\n#endif\n        free(a->q);\n    "
      "}\n}\n",
      "a.p=BORROW_PARAM/nothing-known a.q=OWNED/destroyed");
}

// Counts of references tell who shares, whatever the functions are called.
static void test_counted(void **state)
{
    C("struct b { int refcount; };\nstruct a { struct b *b; };\n"
      "void link_b(struct b **to, struct b *b)\n{\n    *to = b;\n    b->refcount++;\n}\n"
      "void take(struct a *a, struct b *b)\n{\n    link_b(&a->b, b);\n}\n",
      "a.b=SHARED/acquired");
    C("struct b { int refcount; };\nstruct a { struct b *b; };\n"
      "void unlink_b(struct b **from)\n{\n    struct b *b = *from;\n    b->refcount--;\n}\n"
      "void drop(struct a *a)\n{\n    unlink_b(&a->b);\n}\n",
      "a.b=SHARED/unref");
}

static void test_lists(void **state)
{
    // One that is only walked over may be another's; one whose parts are freed one by one is not.
    C("struct n { struct n *next; };\nstruct l { struct n *all; };\n"
      "void look(struct l *l)\n{\n    for (struct n *n = l->all; n; n = n->next)\n        use(n);\n}\n",
      "n.next=INTRUSIVE/self-link l.all=BORROW_PARAM/nothing-known");
    C("struct n { struct n *next; };\nstruct l { struct n *all; };\n"
      "void drop(struct l *l)\n{\n    struct n *n = l->all;\n    while (n) {\n        struct n *next = "
      "n->next;\n"
      "        free(n);\n        n = n->next;\n    }\n}\n",
      "n.next=INTRUSIVE/self-link l.all=INTRUSIVE/walked");
    // A whole list that a function frees is owned.
    C("struct n { struct n *next; };\nstruct l { struct n *all; };\n"
      "void l_free(struct l *l)\n{\n    n_free(l->all);\n}\n"
      "void look(struct l *l)\n{\n    struct n *n = l->all;\n    while (n)\n        n = n->next;\n}\n",
      "n.next=INTRUSIVE/self-link l.all=OWNED/destroyed");
}

// Global variables have rows without a struct.
static void test_globals(void **state)
{
    ZIG("const B = struct { n: u32 };\nvar x: B = .{ .n = 1 };\nvar g: ?*B = null;\n"
        "threadlocal var t: *B = undefined;\nvar u: *B = &x;\nconst S = struct { var s: ?*B = null; };\n"
        "fn set(b: *B) void {\n    g = b;\n    t = allocator.create(B);\n    S.s = allocator.create(B);\n"
        "    var u: *B = undefined;\n    u = b;\n}\nfn end() void {\n    allocator.destroy(S.s.?);\n}\n",
        ".g=BORROW_PARAM/passed .t=STATIC/global-never-freed .u=STATIC/global-by-default "
        ".S.s=OWNED/freed-allocated");
    C("struct b { struct b *next; };\nextern struct b *elsewhere;\nstatic __thread struct b *list;\n"
      "static const char *name = \"x\";\nstruct b *get(void);\nint n;\n"
      "void pop(struct b *name)\n{\n    struct b *l;\n    l = list;\n    list = list->next;\n    name = "
      "l;\n}\n",
      "b.next=INTRUSIVE/self-link .list=INTRUSIVE/list-head .name=STATIC/global-by-default");
    // A star belongs to one name, and what a function declares is no global.
    C("int *p, **q = 0;\nvoid f(void)\n{\n    int *l = p;\n    static int *m;\n}\n",
      ".p=STATIC/global-unknown .q=STATIC/global-unknown");
    // What it begins with lives as long, and a name that is copied is no link.
    C("static const char *m = N_(\"x\");\nstruct a { char *s; char *t; };\n"
      "void set(struct a *a)\n{\n    a->s = a->t;\n}\n",
      ".m=STATIC/global-by-default a.s=BORROW_PARAM/looked-up a.t=BORROW_PARAM/nothing-known");
    // A map that is put into gives no reference back.
    C("struct b { int n; };\nstruct a { struct b *b; };\nvoid add(struct a *a)\n{\n    map_put(a->b, 1, "
      "2);\n}\n",
      "a.b=BORROW_PARAM/nothing-known");
    // What nobody passes in stays for good, as what the program gets does.
    C("int *p, *q;\nconst char *s;\nvoid set(void)\n{\n    p = find();\n}\n"
      "int main(int argc, char **argv)\n{\n    s = argv[1];\n}\n",
      ".p=STATIC/global-kept .q=STATIC/global-unknown .s=STATIC/constant");
    C("struct a { int *p; };\nstruct b { int *q; };\nvoid set(struct a *a, int n, struct b *b)\n{\n    a->p "
      "= b->q;\n}\n",
      "a.p=BORROW_PARAM/looked-up b.q=BORROW_PARAM/nothing-known");
    // Under two conditions it is one variable.
    C("#ifdef X\nint *p;\n#else\nint *p;\n#endif\nvoid end(void)\n{\n    free(p);\n}\n", ".p=OWNED/freed");
}

static void test_declared(void **state)
{
    const struct scratch *scratch = *state;
    scratch_run(scratch, NULL,
                "rm -rf r && git init -q r && cd r && mkdir .flow\n"
                "printf '[lifetimes \"VM_BORROW\"]\\ntype = \"*vm.Machine\"\\ntarget = \"&Machine\"\\n' > "
                ".flow/config\n"
                "echo 'const A = struct { m: ?*Machine, n: **Machine, o: []u8 };' > a.zig\n");
    struct run run = start(scratch, true);
    assert_int_equal(run.lifetimes->count, 3);
    assert_string_equal(run.lifetimes->rows[0].class_name, "VM_BORROW");
    assert_string_equal(run.lifetimes->rows[0].target, "&Machine");
    assert_string_equal(run.lifetimes->rows[1].class_name, "BORROW_PARAM");
    assert_string_equal(run.lifetimes->rows[2].field, "o");
    finish(&run);
    // What comes out of such an object lives as long as it does.
    scratch_run(
        scratch, NULL,
        "cd r && printf '%%s\\n' 'const Machine = struct { heap: *u32 };' 'const A = struct {' '    m: "
        "*Machine,' '    h: *u32,' '    fn init(m: *Machine) A {' '        return .{ .m = m, .h = m.heap "
        "};' '    }' '};' > a.zig\n");
    run = start(scratch, false);
    assert_int_equal(run.lifetimes->count, 3);
    assert_string_equal(run.lifetimes->rows[2].field, "h");
    assert_string_equal(run.lifetimes->rows[2].rule, "ambient");
    finish(&run);
}

static void read_table(struct flow_lifetimes_table *table, const char *text)
{
    struct flow_error err = FLOW_ERROR_INIT;
    assert_ok(flow_lifetimes_table_read(table, text, strlen(text), "t.tsv", &err), &err);
}

static void test_edited(void **state)
{
    (void)state;
    struct flow_lifetimes_table table;
    read_table(&table, "file\tstruct\tfield\tclass\tconfidence\tevidence\n"
                       "a.c\ta\tp\tARENA\tperson\t\n"
                       "a.c\ta\tq\tARENA\thigh\ta.c:1, freed: free [destroyed]\n"
                       "a.c\ta\tr\tOWNED\thigh\ta.c:1, freed: free [destroyed]\n");
    assert_int_equal(table.count, 3);
    assert_true(flow_lifetime_edited(&table.rows[0]));
    assert_true(flow_lifetime_edited(&table.rows[1]));
    assert_false(flow_lifetime_edited(&table.rows[2]));
    flow_lifetimes_table_release(&table);
}

// Lines that end as those of other systems do.
static void test_line_ends(void **state)
{
    (void)state;
    struct flow_lifetimes_table table;
    read_table(&table, "file\tstruct\tfield\tclass\r\na.c\ta\tp\tARENA\r\n\r\n");
    assert_int_equal(table.count, 1);
    assert_string_equal(table.rows[0].class_name, "ARENA");
    flow_lifetimes_table_release(&table);
}

static void test_bad_tables(void **state)
{
    static const char *const bad[] = {"", "file\tstruct\tfield\n", "file\tstruct\tfield\tclass\na\tb\n",
                                      "file\tstruct\tfield\tclass\na\tb\tc\n",
                                      "file\tstruct\tfield\tclass\na\tb\t\\q\td\n"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        struct flow_lifetimes_table table;
        assert_int_equal(flow_lifetimes_table_read(&table, bad[i], strlen(bad[i]), "t.tsv", &err), -1);
        assert_int_equal(err.code, FLOW_E_INVALID);
        assert_non_null(strstr(err.message, "t.tsv"));
    }
}

int main(void)
{
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_owned),           IN_SCRATCH(test_shared),
        IN_SCRATCH(test_borrowed),        IN_SCRATCH(test_static),
        IN_SCRATCH(test_links),           IN_SCRATCH(test_back),
        IN_SCRATCH(test_back_in_c),       IN_SCRATCH(test_foreign),
        IN_SCRATCH(test_arena),           IN_SCRATCH(test_ends),
        IN_SCRATCH(test_values),          IN_SCRATCH(test_allocated),
        IN_SCRATCH(test_passed),          IN_SCRATCH(test_unparsed),
        IN_SCRATCH(test_types),           IN_SCRATCH(test_odd),
        IN_SCRATCH(test_initializers),    IN_SCRATCH(test_filled),
        IN_SCRATCH(test_conditions),      IN_SCRATCH(test_counted),
        IN_SCRATCH(test_lists),           IN_SCRATCH(test_globals),
        IN_SCRATCH(test_declared),        cmocka_unit_test(test_edited),
        cmocka_unit_test(test_line_ends), cmocka_unit_test(test_bad_tables),
    };
    return cmocka_run_group_tests(tests, load_languages, free_languages);
}
