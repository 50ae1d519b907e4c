(preproc_include path: (string_literal) @path) @import.include
(preproc_include path: (system_lib_string) @path) @import.system

(function_definition
  (storage_class_specifier)? @modifier
  declarator: (_) @name
  body: (_) @body) @symbol.function

(struct_specifier name: (_) @name body: (_) @body) @symbol.struct
(union_specifier name: (_) @name body: (_) @body) @symbol.union
(enum_specifier name: (_) @name body: (_) @body) @symbol.enum
(struct_specifier !name body: (_)) @container.struct
(union_specifier !name body: (_)) @container.union
(type_definition declarator: (_) @name) @symbol.type

(field_declaration type: (_) @type declarator: (_) @name) @field

(preproc_def name: (_) @name) @symbol.macro
(preproc_function_def name: (_) @name) @symbol.macro

(preproc_if condition: (_) @expr) @condition
(preproc_ifdef name: (_) @expr) @condition
(preproc_elif condition: (_) @expr) @condition
