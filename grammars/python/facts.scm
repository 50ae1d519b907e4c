; Imports. One of the names of `from x import a, b` may be a module: each is an import of its own.

(import_statement name: (dotted_name) @path) @import.module
(import_statement name: (aliased_import name: (dotted_name) @path)) @import.module
(import_from_statement module_name: (_) @path name: (dotted_name) @item) @import.from
(import_from_statement module_name: (_) @path name: (aliased_import name: (dotted_name) @item)) @import.from
(import_from_statement module_name: (_) @path (wildcard_import)) @import.from

; Functions and classes

((function_definition name: (identifier) @name body: (block) @body) @symbol.test
  (#match? @name "^test_"))
(class_definition
  body: (block [
    (function_definition name: (identifier) @name body: (block) @body) @symbol.method
    (decorated_definition
      definition: (function_definition name: (identifier) @name body: (block) @body) @symbol.method)
  ]))
(function_definition name: (identifier) @name body: (block) @body) @symbol.function
(class_definition name: (identifier) @name body: (block) @body) @symbol.class
(type_alias_statement left: (type (identifier) @name)) @symbol.type

; Fields are the annotated names of a class, the other names of a class and of a module are variables.

(class_definition
  body: (block (expression_statement (assignment left: (identifier) @name type: (type) @type) @field)))
(module (expression_statement (assignment left: (identifier) @name right: (_)? @body) @symbol.variable))
(module (expression_statement (assignment left: (pattern_list (identifier) @name)) @symbol.variable))
(block (expression_statement (assignment left: (identifier) @name !type right: (_) @body) @symbol.variable))
