; Imports: files by their path, modules by their name.

((builtin_function (builtin_identifier) @_callee (arguments . (string) @path .)) @import.file
  (#eq? @_callee "@import"))
((builtin_function (builtin_identifier) @_callee (arguments . (string) @path .)) @import.embed
  (#eq? @_callee "@embedFile"))
((builtin_function (builtin_identifier) @_callee (arguments . (string) @path .)) @import.include
  (#eq? @_callee "@cInclude"))

; Declarations. What a constant is bound to decides what it is: a container below makes it a struct, union or enum.

(function_declaration "pub"? @public name: (identifier) @name body: (block)? @body) @symbol.function
(test_declaration (string) @name (block) @body) @symbol.test
(test_declaration (identifier) @name (block) @body) @symbol.test
(test_declaration "test" @name . (block) @body) @symbol.test
((variable_declaration "pub"? @public "const" . (identifier) @name . "=" . [
  (pointer_type) (nullable_type) (slice_type) (array_type) (field_expression) (call_expression)
] @_value) @symbol.type
  (#match? @_value "^[?]*(\\*|\\[\\*)")
  (#set! pointer))
(variable_declaration "pub"? @public "const" . (identifier) @name . "=" .
  [(error_set_declaration) (nullable_type) (slice_type) (array_type) (function_signature)]) @symbol.type
(variable_declaration "pub"? @public "const" . (identifier) @name) @symbol.constant
(variable_declaration "pub"? @public "var" . (identifier) @name) @symbol.variable

((variable_declaration "const" . (identifier) @name . "=" . (builtin_function (builtin_identifier) @_callee)) @file.struct
  (#eq? @_callee "@This"))

(struct_declaration "{" @body) @container.struct
(union_declaration "{" @body) @container.union
(enum_declaration "{" @body) @container.enum
(opaque_declaration "{" @body) @container.struct

; Fields. A pointer, or an array or slice of pointers, or a choice that has one; not a generic type over pointers.
; The parser reads `*a.b` as `(*a).b`, so that the text says what the tree does not.

((container_field name: (identifier) @name type: (_) @type) @field
  (#not-match? @name "^@")
  (#match? @type "^([?]|[A-Za-z_.]*!|\\[[^]*]*\\]([ ]*const )?)*(\\*|\\[\\*)")
  (#set! pointer))
((container_field name: (identifier) @name type: (_) @type) @field
  (#not-match? @name "^@")
  (#match? @type "^(if|switch)[ (]")
  (#match? @type "[ ?(](\\*|\\[\\*)[A-Za-z_@([]")
  (#set! pointer))
((container_field name: (identifier) @name type: (_) @type) @field
  (#not-match? @name "^@"))
((container_field name: (identifier (string (string_content) @name)) type: (_) @type) @field
  (#match? @type "^([?]|[A-Za-z_.]*!|\\[[^]*]*\\]([ ]*const )?)*(\\*|\\[\\*)")
  (#set! pointer))
(container_field name: (identifier (string (string_content) @name)) type: (_) @type) @field
((struct_declaration (container_field !type name: (_) @type) @field)
  (#match? @type "^([?]|[A-Za-z_.]*!|\\[[^]*]*\\]([ ]*const )?)*(\\*|\\[\\*)")
  (#set! pointer))
(struct_declaration (container_field !type name: (_) @type) @field)
