//! What a Zig file can hold. The file is itself a struct: it has fields.
const std = @import("std");
const bun = @import("../bun.zig");
const Log = @import("./log.zig").Log;
const module = @import("module");
const icon = @embedFile("icon.png");
const c = @cImport({
    @cInclude("stdio.h");
});
pub usingnamespace @import("more.zig");

owner: *Sample,
count: u32 = 0,
@"type": ?*const Kind = null,

const Sample = @This();
pub const Kind = enum(u8) {
    first,
    second = 3,
    _,

    pub fn name(self: Kind) []const u8 {
        return @tagName(self);
    }
};
const Alias = bun.jsc.JSValue;
pub const limit: usize = 10;
pub var global: ?*Sample = null;
threadlocal var depth: u32 = 0;
extern "c" var environ: [*c]u8;
export const exported: u8 = 1;
pub const Callback = *const fn (context: *anyopaque) callconv(.c) void;
pub const Visit = fn (node: *Node) void;
pub const Error = error{ Failed, OutOfMemory };

pub const Node = struct {
    next: ?*Node,
    vm: *jsc.VirtualMachine,
    list: *std.ArrayListUnmanaged(u8),
    parser: *Parser(enc),
    many: [*]const u8,
    legacy: [*c]u8,
    text: ?[*:0]const u8 = null,
    names: [*:null]?[*:0]const u8,
    slice: []const u8,
    pointers: []const *Node,
    keys: ?[][*:0]const u8,
    array: [4]?*anyopaque,
    visit: *const fn (*anyopaque, []const u8) void,
    done: ?*const fn (ctx: *anyopaque) callconv(.c) void = null,
    owned: std.ArrayList(*Node),
    fallible: anyerror!*Node,
    checked: if (bun.debug) ?*State else void,
    held: if (enabled) Owned(*State) else void,
    aligned: *align(8) u8 align(4),
    nested: *bun.Foo(u8).Bar,
    plain: jsc.Strong,
    comptime fixed: u8 = 4,
    inner: struct {
        buffer: *u8,
        kind: union(enum) { left: *Node, right: void },
    },
    optional: ?struct { address: *Address },
    callback: ?Callback = null,
    chosen: switch (mode) {
        .narrow => *u8,
        else => [*:0]const u16,
    },
    plain_choice: if (bun.debug) u8 else void,
    @"error": *Node,
    @"align": u8,
    #private: *Node,
    #hidden: u8 = 0,

    pub const Iterator = extern struct { at: ?*Node };
    const Self = @This();

    pub fn init(self: *Self, by: u8) !void {
        const Local = struct {
            ctx: *Self,
            fn run(this: *@This()) void {
                _ = this;
            }
        };
        const local = by;
        var other: ?*u8 = null;
        _ = Local;
    }

    inline fn hidden(self: *const Self) bool {
        return false;
    }
};

pub fn List(comptime T: type) type {
    return struct {
        head: ?*T,

        const Entry = struct { value: *T };

        pub fn first(self: *@This()) ?*T {
            return self.head;
        }
    };
}

pub const Value = union(enum) {
    pointer: *Node,
    number: u64,
    @"null",
};
const Bits = packed struct(u32) { low: u16, high: u16 };
const Raw = extern union { text: [*:0]u8, number: u64 };
pub const Handle = opaque {
    pub fn close(self: *Handle) void {}
};
pub const Chosen = if (bun.posix) struct { fd: *Fd } else struct { handle: *Handle };
pub const Wrapped = bun.Owned(Node, struct { extra: *u8 });
const Pair = struct { Node, *Node, u32 };

export fn entry(argument: *u8) callconv(.c) void {}
pub extern "c" fn write(fd: c_int, bytes: [*]const u8) isize;
fn pair() struct { a: *u8 } {
    return .{ .a = undefined };
}
fn options(o: struct { verbose: *bool }) void {}

comptime {
    const at = @import("at.zig");
    _ = at;
}

test "parses a node" {
    const expected = 3;
    var state: struct { x: *u8 } = undefined;
}
test Node {}
test {
    const unnamed = 1;
}
