; Imports

(import_declaration (scoped_identifier) @path (asterisk)) @import.all
(import_declaration (scoped_identifier) @path .) @import.class

; Types

(class_declaration (modifiers)? @modifier name: (identifier) @name body: (class_body) @body) @symbol.class
(interface_declaration (modifiers)? @modifier name: (identifier) @name body: (interface_body) @body) @symbol.interface
(annotation_type_declaration (modifiers)? @modifier
  name: (identifier) @name body: (annotation_type_body) @body) @symbol.interface
(enum_declaration (modifiers)? @modifier name: (identifier) @name body: (enum_body) @body) @symbol.enum
(record_declaration (modifiers)? @modifier name: (identifier) @name body: (class_body) @body) @symbol.class
(object_creation_expression (class_body)) @container.class
(enum_constant name: (identifier) @name body: (class_body) @body) @symbol.class

; Methods. What an interface declares is public, whatever it says.

((method_declaration (modifiers) @_modifiers name: (identifier) @name body: (block) @body) @symbol.test
  (#match? @_modifiers "@(Parameterized|Repeated)?Test"))
(interface_body (method_declaration name: (identifier) @name @public body: (block)? @body) @symbol.method)
(annotation_type_body (annotation_type_element_declaration name: (identifier) @name @public) @symbol.method)
(method_declaration (modifiers)? @modifier name: (identifier) @name body: (block)? @body) @symbol.method
(constructor_declaration (modifiers)? @modifier
  name: (identifier) @name body: (constructor_body) @body) @symbol.method
(compact_constructor_declaration (modifiers)? @modifier name: (identifier) @name body: (block) @body) @symbol.method

; Fields and constants

(interface_body
  (constant_declaration declarator: (variable_declarator name: (identifier) @name @public)) @symbol.constant)
(field_declaration type: (_) @type declarator: (variable_declarator name: (identifier) @name)) @field
(record_declaration
  parameters: (formal_parameters (formal_parameter type: (_) @type name: (identifier) @name) @field))
