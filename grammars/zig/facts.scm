((builtin_function
  (builtin_identifier) @_name
  (arguments . (string) @path)) @import.file
  (#any-of? @_name "@import" "@embedFile"))

(function_declaration "pub"? @public name: (identifier) @name body: (_)? @body) @symbol.function
(variable_declaration "pub"? @public "const" . (identifier) @name) @symbol.constant
(variable_declaration "pub"? @public "var" . (identifier) @name) @symbol.variable

(struct_declaration) @container.struct
(union_declaration) @container.union
(enum_declaration) @container.enum
(opaque_declaration) @container.struct

(container_field name: (identifier) @name type: (_) @type) @field
