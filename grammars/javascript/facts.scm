; Imports

(import_statement source: (string) @path) @import.module
(export_statement source: (string) @path) @import.module
((call_expression function: [(identifier) (import)] @_callee arguments: (arguments . (string) @path)) @import.module
  (#any-of? @_callee "require" "import"))

; What an export statement declares is public; of variables only those of a module or a namespace are symbols, so that the
; many that stand in anonymous functions are not.

(export_statement "export" @public declaration: (function_declaration name: (identifier) @name body: (statement_block) @body) @symbol.function)
(export_statement "export" @public declaration: (generator_function_declaration name: (identifier) @name body: (statement_block) @body) @symbol.function)
(export_statement "export" @public declaration: (class_declaration name: (identifier) @name body: (class_body) @body) @symbol.class)
(function_declaration name: (identifier) @name body: (statement_block) @body) @symbol.function
(generator_function_declaration name: (identifier) @name body: (statement_block) @body) @symbol.function
(class_declaration name: (identifier) @name body: (class_body) @body) @symbol.class
(export_statement "default" @name @public value: [
  (function_expression body: (_) @body)
  (generator_function body: (_) @body)
  (arrow_function body: (_) @body)
]) @symbol.function
(export_statement "default" @name @public value: (class body: (class_body) @body)) @symbol.class
(export_statement "default" @name @public value: (_)) @symbol.constant
(program (export_statement "export" @public declaration: (lexical_declaration (variable_declarator name: (identifier) @name value: [(arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)]) @symbol.function)))
(program (export_statement "export" @public declaration: (lexical_declaration "const" (variable_declarator name: (identifier) @name value: (_)? @body) @symbol.constant)))
(program (export_statement "export" @public declaration: (lexical_declaration "let" (variable_declarator name: (identifier) @name value: (_)? @body) @symbol.variable)))
(program (export_statement "export" @public declaration: (variable_declaration (variable_declarator name: (identifier) @name value: (_)? @body) @symbol.variable)))
(program (lexical_declaration (variable_declarator name: (identifier) @name value: [(arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)]) @symbol.function))
(program (lexical_declaration "const" (variable_declarator name: (identifier) @name value: (_)? @body) @symbol.constant))
(program (lexical_declaration "let" (variable_declarator name: (identifier) @name value: (_)? @body) @symbol.variable))
(program (variable_declaration (variable_declarator name: (identifier) @name value: (_)? @body) @symbol.variable))

; Classes

(class_body (method_definition name: (property_identifier) @name @public body: (statement_block) @body) @symbol.method)
(class_body
  (method_definition name: (private_property_identifier) @name body: (statement_block) @body) @symbol.method)
(field_definition property: [(property_identifier) (private_property_identifier)] @name) @field
