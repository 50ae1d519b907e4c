; Imports and conditions

(import_spec path: [(interpreted_string_literal) (raw_string_literal)] @path) @import.package
((comment) @condition @expr (#match? @expr "^//(go:build| *[+]build) "))

; Functions

((function_declaration name: (identifier) @name parameters: (parameter_list) @_parameters body: (block) @body) @symbol.test
  (#match? @name "^(Test|Benchmark|Fuzz|Example)")
  (#match? @_parameters "[*]testing[.]|^[(][)]$"))
(function_declaration name: (identifier) @name body: (block)? @body) @symbol.function
(method_declaration name: (field_identifier) @name body: (block)? @body) @symbol.method
(method_declaration receiver: (parameter_list (parameter_declaration type: [
  (type_identifier) @name
  (pointer_type (type_identifier) @name)
  (generic_type type: (type_identifier) @name)
  (pointer_type (generic_type type: (type_identifier) @name))
]))) @scope.method

; Types

(type_spec name: (type_identifier) @name type: (struct_type (field_declaration_list) @body)) @symbol.struct
(type_spec name: (type_identifier) @name type: (interface_type) @body) @symbol.interface
(type_spec name: (type_identifier) @name) @symbol.type
(type_alias name: (type_identifier) @name) @symbol.type
(method_elem name: (field_identifier) @name) @symbol.method
(struct_type) @container.struct

; Constants and variables

((const_spec name: (identifier) @name) @symbol.constant (#not-eq? @name "_"))
((var_spec name: (identifier) @name value: (_)? @body) @symbol.variable (#not-eq? @name "_"))

; Fields; an embedded type is a field of its name

(field_declaration name: (field_identifier) @name type: (_) @type) @field
(field_declaration !name "*" @pointer @type type: [
  (type_identifier) @name
  (qualified_type name: (type_identifier) @name)
  (generic_type type: (type_identifier) @name)
] @type) @field
(field_declaration !name type: [
  (type_identifier) @name
  (qualified_type name: (type_identifier) @name)
  (generic_type type: (type_identifier) @name)
] @type) @field
