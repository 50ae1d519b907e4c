; Imports

(import_statement source: (string) @path) @import.module
(export_statement source: (string) @path) @import.module
((call_expression function: [(identifier) (import)] @_callee arguments: (arguments . (string) @path)) @import.module
  (#any-of? @_callee "require" "import"))
(import_statement (import_require_clause source: (string) @path)) @import.module

; What an export statement declares is public; of variables only those of a module or a namespace are symbols, so that the
; many that stand in anonymous functions are not.

(export_statement "export" @public declaration: (function_declaration name: (identifier) @name body: (statement_block) @body) @symbol.function)
(export_statement "export" @public declaration: (generator_function_declaration name: (identifier) @name body: (statement_block) @body) @symbol.function)
(export_statement "export" @public declaration: (class_declaration name: (type_identifier) @name body: (class_body) @body) @symbol.class)
(export_statement "export" @public declaration: (abstract_class_declaration name: (type_identifier) @name body: (class_body) @body) @symbol.class)
(export_statement "export" @public declaration: (interface_declaration name: (type_identifier) @name body: (interface_body) @body) @symbol.interface)
(export_statement "export" @public declaration: (enum_declaration name: (identifier) @name body: (enum_body) @body) @symbol.enum)
(export_statement "export" @public declaration: (type_alias_declaration name: (type_identifier) @name value: (_) @body) @symbol.type)
(export_statement "export" @public declaration: (function_signature name: (identifier) @name) @symbol.function)
(export_statement "export" @public declaration: (internal_module name: (_) @name body: (statement_block) @body) @symbol.module)
(export_statement "export" @public declaration: (module name: (_) @name body: (statement_block) @body) @symbol.module)
(function_declaration name: (identifier) @name body: (statement_block) @body) @symbol.function
(generator_function_declaration name: (identifier) @name body: (statement_block) @body) @symbol.function
(class_declaration name: (type_identifier) @name body: (class_body) @body) @symbol.class
(abstract_class_declaration name: (type_identifier) @name body: (class_body) @body) @symbol.class
(interface_declaration name: (type_identifier) @name body: (interface_body) @body) @symbol.interface
(enum_declaration name: (identifier) @name body: (enum_body) @body) @symbol.enum
(type_alias_declaration name: (type_identifier) @name value: (_) @body) @symbol.type
(function_signature name: (identifier) @name) @symbol.function
(internal_module name: (_) @name body: (statement_block) @body) @symbol.module
(module name: (_) @name body: (statement_block) @body) @symbol.module
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
(internal_module body: (statement_block (export_statement "export" @public declaration: (lexical_declaration (variable_declarator name: (identifier) @name value: [(arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)]) @symbol.function))))
(internal_module body: (statement_block (export_statement "export" @public declaration: (lexical_declaration "const" (variable_declarator name: (identifier) @name value: (_)? @body) @symbol.constant))))
(internal_module body: (statement_block (export_statement "export" @public declaration: (lexical_declaration "let" (variable_declarator name: (identifier) @name value: (_)? @body) @symbol.variable))))
(internal_module body: (statement_block (export_statement "export" @public declaration: (variable_declaration (variable_declarator name: (identifier) @name value: (_)? @body) @symbol.variable))))

; Classes and types

(method_definition (accessibility_modifier) @modifier
  name: (property_identifier) @name body: (statement_block) @body) @symbol.method
(method_definition name: (property_identifier) @name @public body: (statement_block) @body) @symbol.method
(method_definition name: (private_property_identifier) @name body: (statement_block) @body) @symbol.method
(abstract_method_signature (accessibility_modifier) @modifier name: (property_identifier) @name) @symbol.method
(abstract_method_signature name: (property_identifier) @name @public) @symbol.method
(interface_body (method_signature name: (property_identifier) @name @public) @symbol.method)
(type_alias_declaration value: (object_type) @container.struct)
(type_alias_declaration value: (intersection_type (object_type) @container.struct))
(property_signature type: (type_annotation (object_type) @container.struct))
(public_field_definition type: (type_annotation (object_type) @container.struct))

(interface_body
  (property_signature name: (property_identifier) @name type: (type_annotation (_) @type)) @field)
(type_alias_declaration
  value: (object_type (property_signature name: (property_identifier) @name type: (type_annotation (_) @type)) @field))
(type_alias_declaration
  value: (intersection_type
    (object_type (property_signature name: (property_identifier) @name type: (type_annotation (_) @type)) @field)))
(property_signature
  type: (type_annotation
    (object_type (property_signature name: (property_identifier) @name type: (type_annotation (_) @type)) @field)))
(public_field_definition
  type: (type_annotation
    (object_type (property_signature name: (property_identifier) @name type: (type_annotation (_) @type)) @field)))
(public_field_definition
  name: [(property_identifier) (private_property_identifier)] @name type: (type_annotation (_) @type)) @field
(public_field_definition name: [(property_identifier) (private_property_identifier)] @name !type) @field
(required_parameter (accessibility_modifier) . (identifier) @name type: (type_annotation (_) @type)) @field
(required_parameter "readonly" pattern: (identifier) @name type: (type_annotation (_) @type)) @field
