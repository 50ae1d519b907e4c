; Constructs of Zig whose look-alike elsewhere behaves differently. Each name has its section "## trap: <name>" in the guides.
; The parser reads `a op= b;` as a variable_declaration without "const" or "var", and `!a.b()` as an error union `!a` with a member.

; Arithmetic

(binary_expression operator: ["+%" "-%" "*%"]) @trap.wrapping
(unary_expression operator: "-%") @trap.wrapping
(variable_declaration ["+%=" "-%=" "*%="]) @trap.wrapping
(assignment_expression operator: ["+%=" "-%=" "*%="]) @trap.wrapping
(binary_expression operator: ["+|" "-|" "*|" "<<|"]) @trap.saturating
(variable_declaration ["+|=" "-|=" "*|=" "<<|="]) @trap.saturating
(assignment_expression operator: ["+|=" "-|=" "*|=" "<<|="]) @trap.saturating
((builtin_function (builtin_identifier) @_f) @trap.overflow-check
  (#any-of? @_f "@addWithOverflow" "@subWithOverflow" "@mulWithOverflow" "@shlWithOverflow"))
((call_expression function: (field_expression object: (_) @_module member: (identifier) @_f)) @trap.overflow-check
  (#match? @_module "math$") (#any-of? @_f "add" "sub" "mul" "shl" "cast" "negate" "divExact" "divTrunc" "divFloor" "mod" "rem"))
((builtin_function (builtin_identifier) @_f) @trap.int-cast (#eq? @_f "@intCast"))
((builtin_function (builtin_identifier) @_f) @trap.truncate (#eq? @_f "@truncate"))
((builtin_function (builtin_identifier) @_f) @trap.bit-cast (#eq? @_f "@bitCast"))
((builtin_function (builtin_identifier) @_f) @trap.enum-number (#any-of? @_f "@enumFromInt" "@intFromEnum"))
((builtin_function (builtin_identifier) @_f) @trap.float-cast (#any-of? @_f "@intFromFloat" "@floatFromInt" "@floatCast"))
((call_expression function: (field_expression member: (identifier) @_f)) @trap.float-cast (#any-of? @_f "lossyCast"))
((builtin_function (builtin_identifier) @_f) @trap.division (#any-of? @_f "@divTrunc" "@divFloor" "@divExact" "@mod" "@rem"))
(binary_expression operator: ["/" "%"]) @trap.division
(variable_declaration ["/=" "%="]) @trap.division
((binary_expression operator: ["<<" ">>"] right: (_) @_amount) @trap.shift (#not-match? @_amount "^[0-9]+$"))
((variable_declaration ["<<=" ">>="] . (_) @_amount) @trap.shift (#not-match? @_amount "^[0-9]+$"))
((builtin_function (builtin_identifier) @_f) @trap.shift (#any-of? @_f "@shlExact" "@shrExact"))
((builtin_type) @trap.odd-width (#match? @_type "^[iu][0-9]+$") (#not-any-of? @_type "u8" "u16" "u32" "u64" "u128" "i8" "i16" "i32" "i64" "i128")) @_type

; Memory

((variable_declaration . (field_expression) "=" . "undefined") @trap.undefined)
((variable_declaration . (dereference_expression) "=" . "undefined") @trap.undefined)
((assignment_expression right: "undefined") @trap.undefined)
((container_field "undefined") @trap.undefined)
(container_field type: (nullable_type (pointer_type))) @trap.optional-pointer
(null_coercion_expression) @trap.forced
(binary_expression operator: "orelse" right: "unreachable") @trap.forced
(catch_expression "catch" . "unreachable") @trap.forced
(slice_type sentinel: (_)) @trap.sentinel
(pointer_type "[" "*" ":") @trap.sentinel
(array_type sentinel: (_)) @trap.sentinel
(index_expression sentinel: (_)) @trap.sentinel
(pointer_type "[" . "*" . "]") @trap.many-pointer
((pointer_type "[" . "*" . "c") @trap.many-pointer)
((call_expression function: (field_expression member: (identifier) @_f)) @trap.slice-cast
  (#any-of? @_f "bytesAsSlice" "sliceAsBytes" "asBytes" "toBytes" "bytesAsValue" "bytesToValue" "reinterpretSlice"))
((variable_declaration type: (slice_type) (builtin_function (builtin_identifier) @_f)) @trap.slice-cast (#any-of? @_f "@ptrCast" "@alignCast"))
((builtin_function (builtin_identifier) @_as (arguments . (slice_type) (builtin_function (builtin_identifier) @_f))) @trap.slice-cast
  (#eq? @_as "@as") (#any-of? @_f "@ptrCast" "@alignCast"))
(dereference_expression (index_expression index: (range_expression))) @trap.array-of-slice
((builtin_function (builtin_identifier) @_f) @trap.pointer-cast (#any-of? @_f "@ptrCast" "@alignCast" "@constCast" "@volatileCast"))
((builtin_function (builtin_identifier) @_f) @trap.int-pointer (#any-of? @_f "@intFromPtr" "@ptrFromInt"))
((builtin_function (builtin_identifier) @_f) @trap.field-parent-ptr (#any-of? @_f "@fieldParentPtr"))
((builtin_type "anyopaque") @trap.erased-pointer)
((builtin_function (builtin_identifier) @_f) @trap.memory-copy (#any-of? @_f "@memcpy" "@memset" "@memmove"))
((call_expression function: (field_expression member: (identifier) @_f)) @trap.memory-copy
  (#any-of? @_f "copyForwards" "copyBackwards" "zeroes" "zeroInit"))
((call_expression function: (field_expression member: (identifier) @_f)) @trap.assume-capacity (#match? @_f "AssumeCapacity$"))
((parameter type: (_) @_type) @trap.allocator (#match? @_type "(^|[.])Allocator$"))
((container_field type: (_) @_type) @trap.allocator (#match? @_type "(^|[.])Allocator$"))
((field_expression member: (identifier) @_type) @trap.arena (#any-of? @_type "ArenaAllocator" "FixedBufferAllocator" "MemoryPool" "HeapArena"))
(struct_declaration "packed") @trap.packed-struct
(union_declaration "packed") @trap.packed-struct
(struct_declaration "extern") @trap.extern-struct
(union_declaration "union" . "(") @trap.tagged-union
(union_declaration "union" . "{") @trap.bare-union
((builtin_function (builtin_identifier) @_f) @trap.layout
  (#any-of? @_f "@sizeOf" "@alignOf" "@bitSizeOf" "@offsetOf" "@bitOffsetOf"))
(pointer_type "volatile") @trap.volatile
((call_expression function: (field_expression object: (_) @_module member: (identifier) @_f)) @trap.memory-mapped
  (#match? @_module "posix$|os$|sys|linux$|system$") (#any-of? @_f "mmap" "munmap"))
(variable_declaration "threadlocal") @trap.threadlocal
(source_file (variable_declaration "var" @trap.global-variable))
(struct_declaration (variable_declaration "var" @trap.global-variable))
((field_expression object: (_) @_module member: (identifier) @_f) @trap.hash-map
  (#match? @_f "^(Auto|String|CaseInsensitive)?(Array)?HashMap(Unmanaged)?$"))
((call_expression function: (identifier) @_f) @trap.hash-map (#match? @_f "(^|[a-z])HashMap(Unmanaged)?$"))
((field_expression member: (identifier) @_f) @trap.multi-array-list (#eq? @_f "MultiArrayList"))
((field_expression member: (identifier) @_f) @trap.static-map (#match? @_f "^(StaticStringMap|ComptimeStringMap|ComptimeEnumMap|EnumMap|EnumArray|EnumSet)"))

; Control flow

((defer_statement (expression_statement (call_expression function: (field_expression member: (identifier) @_f)))) @trap.defer
  (#not-match? @_f "^(deinit|deinitialize|free|destroy|close|unlock|unlockShared|deref|unref|release|clearAndFree|end)$"))
(defer_statement (block)) @trap.defer
(defer_statement (expression_statement (assignment_expression))) @trap.defer
(defer_statement (labeled_statement)) @trap.defer
(defer_statement (if_statement)) @trap.defer
(errdefer_statement) @trap.errdefer
(binary_expression operator: "||") @trap.error-set
((builtin_type "anyerror") @trap.error-set)
((builtin_function (builtin_identifier) @_f) @trap.error-name (#any-of? @_f "@errorName" "@intFromError" "@errorFromInt" "@errorCast"))
((builtin_function (builtin_identifier) @_f) @trap.tag-name (#eq? @_f "@tagName"))
((call_expression function: (field_expression member: (identifier) @_f)) @trap.tag-name (#any-of? @_f "tagName" "stringToEnum" "activeTag"))
(switch_case "=>" . "unreachable") @trap.unreachable
(expression_statement "unreachable") @trap.unreachable
((builtin_function (builtin_identifier) @_f) @trap.panic (#eq? @_f "@panic"))
((call_expression function: (field_expression member: (identifier) @_f)) @trap.panic (#match? @_f "^[a-zA-Z]*[pP]anic$"))
((call_expression function: (field_expression object: (_) @_module member: (identifier) @_f)) @trap.exit
  (#match? @_module "^std[.]|(^|[.])(process|posix|linux|system|windows|c|Global)$") (#any-of? @_f "exit" "abort" "_exit"))
(labeled_type_expression (block_label)) @trap.labelled-block
(labeled_statement (block_label) (block)) @trap.labelled-block
(switch_expression (block_label)) @trap.labelled-switch
(switch_case . "else" (payload)) @trap.switch-else
(switch_case "inline") @trap.inline-switch
(for_statement "inline") @trap.inline-loop
(while_statement "inline") @trap.inline-loop
(while_statement ":") @trap.while-step
(for_statement (else_clause)) @trap.loop-else
(while_statement (else_clause)) @trap.loop-else
((for_statement "(" . (_) @_first . "," . (_) @_second . [")" ","]) @trap.parallel-for
  (#not-match? @_first "^[^][(]*[.][.]") (#not-match? @_second "^[^][(]*[.][.]"))
(enum_declaration (container_field name: (identifier) @_rest) @trap.open-enum (#eq? @_rest "_"))
((builtin_function (builtin_identifier) @_f) @trap.runtime-safety (#eq? @_f "@setRuntimeSafety"))

; Work inside an assertion

((call_expression function: (_) @_assert
    [(call_expression function: (_) @_f) (binary_expression (call_expression function: (_) @_f))
      (try_expression (call_expression function: (_) @_f)) (binary_expression (binary_expression (call_expression function: (_) @_f)))])
  @trap.assert-effect
  (#match? @_assert "(^|[.])(assert|debugAssert|releaseAssert|assertWithLocation)$")
  (#match? @_f "(^|[.])(append|add|put|push|insert|remove|pop|shift|swap|take|set|next|read|write|getOrPut|fetch|cmpxchg|compareAndSwap|try|lock|unlock|init|deinit|reset|clear|advance|consume|eat|expect|register|update|increment|decrement|close|send|recv|flush)([A-Z][A-Za-z]*)?$|[.](ref|deref)$"))
((call_expression function: (_) @_assert) @trap.assert (#match? @_assert "(^|[.])(assert|debugAssert|releaseAssert|assertWithLocation)$"))

; Comptime

(comptime_statement (block)) @trap.comptime-block
(comptime_statement (variable_declaration "var")) @trap.comptime-block
(comptime_expression (labeled_type_expression)) @trap.comptime-block
(parameter "comptime" type: (identifier)) @trap.comptime-parameter
(parameter "comptime" type: (field_expression)) @trap.comptime-parameter
(parameter "comptime" type: (slice_type)) @trap.comptime-parameter
(parameter "comptime" type: (pointer_type)) @trap.comptime-parameter
(parameter "comptime" type: (nullable_type)) @trap.comptime-parameter
(parameter "comptime" type: (function_signature)) @trap.comptime-parameter
((parameter "comptime" type: (builtin_type) @_type) @trap.comptime-parameter (#not-any-of? @_type "type" "anytype"))
((function_declaration type: (builtin_type "type")) @trap.type-function)
((builtin_type "anytype") @trap.anytype)
((call_expression function: (field_expression member: (identifier) @_f)) @trap.comptime-string
  (#any-of? @_f "comptimePrint" "comptimeAllocPrint" "concatComptime"))
(binary_expression operator: "++") @trap.comptime-string
((builtin_function (builtin_identifier) @_f) @trap.reflection
  (#any-of? @_f "@typeInfo" "@Type" "@hasDecl" "@hasField" "@field" "@FieldType" "@unionInit" "@typeName"))
((field_expression object: (_) @_module member: (identifier) @_f) @trap.reflection
  (#match? @_module "(^|[.])meta$") (#any-of? @_f "fields" "declarations" "Child" "Elem" "FieldEnum" "hasFn" "hasMethod" "trait" "fieldNames" "tags"))
((call_expression function: (field_expression object: (_) @_module member: (identifier) @_f)) @trap.deep-equality
  (#match? @_module "(^|[.])meta$") (#eq? @_f "eql"))
((builtin_function (builtin_identifier) @_f) @trap.embed-file (#eq? @_f "@embedFile"))
(using_namespace_declaration) @trap.usingnamespace
((field_expression object: (_) @_module member: (identifier) @_f) @trap.build-condition
  (#match? @_module "(^|[.])builtin$") (#any-of? @_f "os" "mode" "cpu" "target" "abi" "is_test" "single_threaded" "link_libc" "object_format"))
((field_expression object: (_) @_module member: (identifier) @_f) @trap.build-condition
  (#match? @_module "^[A-Za-z.]*[A-Z][A-Za-z]*$")
  (#match? @_f "^(is|enable|allow)_?(windows|linux|mac|darwin|posix|musl|wasm|browser|native|debug|release|test|canary|x64|aarch64|x86|arm|asan|ci|logs|assert)[a-z]*$|^is(Windows|Linux|Mac|Darwin|Posix|Musl|Wasm|Browser|Native|Debug|Release|Test|Canary|X64|Aarch64|X86|Arm|FreeBSD|FreeBsd)$"))

; Library

((call_expression (string) @_format (anonymous_struct_initializer)) @trap.format (#match? @_format "[{]([a-zA-Z*!?\\[][^}]*)?[}]|[{]:"))
((function_declaration name: (identifier) @_name (parameters (parameter name: (identifier) @_writer))) @trap.format-method
  (#eq? @_name "format") (#match? @_writer "^(writer|w)$"))
((call_expression function: (field_expression member: (identifier) @_f)) @trap.number-parsing
  (#any-of? @_f "parseInt" "parseUnsigned" "parseFloat" "charToDigit" "parseIntSizeSuffix"))
((call_expression function: (field_expression object: (_) @_module member: (identifier) @_f)) @trap.split
  (#match? @_module "(^|[.])(mem|strings?|ascii)$")
  (#match? @_f "^(split|tokenize)(Scalar|Sequence|Any|Backwards(Scalar|Sequence|Any)?)?$|^(trim|trimLeft|trimRight|trimStart|trimEnd)$"))
((field_expression object: (_) @_module) @trap.hash-function (#match? @_module "(^|[.])hash$"))
((field_expression member: (identifier) @_f) @trap.hash-function
  (#match? @_f "^(Wyhash|Wyhash11|XxHash[0-9]*|XxHash3|CityHash[0-9]*|Murmur[0-9_]*|Fnv1a_[0-9]*|Crc[0-9A-Za-z]*|Adler32|SipHash[0-9]*|hashString|RapidHash)$"))
((call_expression function: (field_expression object: (_) @_module member: (identifier) @_f)) @trap.sort
  (#match? @_module "(^|[.])(sort|mem)$") (#any-of? @_f "sort" "sortUnstable" "sortContext" "sortUnstableContext" "block" "pdq" "insertion" "heap" "insertionSort" "asc" "desc" "binarySearch"))
((call_expression function: (field_expression member: (identifier) @_f)) @trap.endianness
  (#match? @_f "^(read|write)(Var)?(Packed)?Int(Native|Foreign|Little|Big|Slice[A-Za-z]*)?$|^(nativeTo|littleTo|bigTo|toNative)"))
((builtin_function (builtin_identifier) @_f) @trap.endianness (#eq? @_f "@byteSwap"))
((builtin_function (builtin_identifier) @_f) @trap.atomic (#match? @_f "^@(atomic|cmpxchg|fence)"))
((field_expression object: (_) @_module member: (identifier) @_f) @trap.atomic (#match? @_module "(^|[.])atomic$") (#any-of? @_f "Value" "Atomic"))
((field_expression object: (_) @_module member: (identifier) @_f) @trap.thread (#match? @_module "^std$") (#eq? @_f "Thread"))
((call_expression function: (field_expression member: (identifier) @_f)) @trap.errno (#any-of? @_f "errno" "getErrno" "unexpectedErrno" "errnoSys"))
((call_expression function: (field_expression member: (identifier) @_f)) @trap.buffered-writer
  (#any-of? @_f "bufferedWriter" "bufferedReader" "BufferedWriter" "BufferedReader" "getStdOut" "getStdErr" "fixedBufferStream"))
((field_expression object: (_) @_module member: (identifier) @_f) @trap.time (#match? @_module "^std[.]time$") (#not-match? @_f "^(ns|us|ms|s)_per_"))
((field_expression object: (_) @_module) @trap.random (#match? @_module "^std[.](Random|rand)([.]|$)"))
((field_expression object: (_) @_module member: (identifier) @_f) @trap.random (#match? @_module "(^|[.])crypto$") (#eq? @_f "random"))
(function_declaration ["extern" "export"]) @trap.foreign-function
(variable_declaration "extern") @trap.foreign-function
(calling_convention) @trap.foreign-function
((builtin_function (builtin_identifier) @_f) @trap.foreign-function (#any-of? @_f "@cImport" "@export" "@extern"))
(opaque_declaration) @trap.opaque
((builtin_function (builtin_identifier) @_f) @trap.vector (#any-of? @_f "@Vector" "@shuffle" "@select" "@reduce"))
(asm_expression) @trap.inline-assembly
