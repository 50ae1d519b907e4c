; Imports and conditions. A header's guard counts for nothing.

(preproc_include path: (string_literal) @path) @import.include
(preproc_include path: (system_lib_string) @path) @import.system

((preproc_ifdef "#ifndef" @expr name: (identifier) @_guard @expr . (preproc_def name: (identifier) @_defined !value)) @condition
  (#eq? @_guard @_defined) (#set! ignore))
(preproc_ifdef ["#ifdef" "#ifndef"] @expr name: (identifier) @expr) @condition
(preproc_if condition: (_) @expr) @condition
(preproc_elif condition: (_) @expr) @condition
(preproc_elifdef ["#elifdef" "#elifndef"] @expr name: (identifier) @expr) @condition
(preproc_else "#else" @expr) @condition

(preproc_def name: (identifier) @name value: (_)? @body) @symbol.macro
(preproc_function_def name: (identifier) @name value: (_)? @body) @symbol.macro

; Members of a class, defined inside it

(field_declaration_list
  (function_definition
    declarator: [
      (function_declarator declarator: (_) @name)
      (pointer_declarator declarator: (function_declarator declarator: (_) @name))
      (reference_declarator (function_declarator declarator: (_) @name))
      (operator_cast) @name
    ]
    body: (compound_statement)? @body) @symbol.method)
(field_declaration_list
  (template_declaration
    (function_definition
      declarator: [
        (function_declarator declarator: (_) @name)
        (pointer_declarator declarator: (function_declarator declarator: (_) @name))
        (reference_declarator (function_declarator declarator: (_) @name))
      ]
      body: (compound_statement)? @body) @symbol.method))
(field_declaration_list
  (field_declaration
    declarator: [
      (function_declarator declarator: [(field_identifier) (operator_name)] @name)
      (pointer_declarator declarator: (function_declarator declarator: [(field_identifier) (operator_name)] @name))
      (reference_declarator (function_declarator declarator: [(field_identifier) (operator_name)] @name))
    ]) @symbol.method)
(field_declaration_list
  (declaration declarator: (function_declarator declarator: [(identifier) (destructor_name)] @name)) @symbol.method)
(field_declaration_list
  (template_declaration
    (declaration declarator: (function_declarator declarator: (identifier) @name)) @symbol.method))

; Members of a class, defined outside of it

(function_definition
  declarator: [
    (function_declarator declarator: [
      (qualified_identifier
        scope: [(namespace_identifier) @name (template_type name: (type_identifier) @name)]
        name: [(identifier) (destructor_name) (operator_name) (operator_cast)])
      (qualified_identifier
        name: (qualified_identifier
          scope: [(namespace_identifier) @name (template_type name: (type_identifier) @name)]
          name: [(identifier) (destructor_name) (operator_name)]))
      (qualified_identifier
        name: (qualified_identifier
          name: (qualified_identifier
            scope: [(namespace_identifier) @name (template_type name: (type_identifier) @name)]
            name: [(identifier) (destructor_name) (operator_name)])))
    ])
    (_ (function_declarator declarator: [
      (qualified_identifier
        scope: [(namespace_identifier) @name (template_type name: (type_identifier) @name)]
        name: [(identifier) (operator_name)])
      (qualified_identifier
        name: (qualified_identifier
          scope: [(namespace_identifier) @name (template_type name: (type_identifier) @name)]
          name: [(identifier) (operator_name)]))
    ]))
  ]) @scope.method
(function_definition
  declarator: [
    (function_declarator declarator: [
      (qualified_identifier name: [(identifier) (destructor_name) (operator_name)] @name)
      (qualified_identifier
        name: (qualified_identifier name: [(identifier) (destructor_name) (operator_name)] @name))
      (qualified_identifier
        name: (qualified_identifier
          name: (qualified_identifier name: [(identifier) (destructor_name) (operator_name)] @name)))
    ])
    (_ (function_declarator declarator: [
      (qualified_identifier name: [(identifier) (operator_name)] @name)
      (qualified_identifier name: (qualified_identifier name: [(identifier) (operator_name)] @name))
    ]))
  ]
  body: (_)? @body) @symbol.method

; Functions: definitions, and prototypes behind any number of pointers

((function_definition
  declarator: (function_declarator
    declarator: (identifier) @_macro
    parameters: (parameter_list . (parameter_declaration) . (parameter_declaration) @name .))
  body: (compound_statement) @body) @symbol.test
  (#match? @_macro "^(TYPED_)?TEST(_[FP])?$"))
((function_definition
  (storage_class_specifier)? @modifier
  declarator: [
    (function_declarator declarator: (identifier) @_callee)
    (function_declarator declarator: (template_function))
    (pointer_declarator declarator: (function_declarator declarator: [(identifier) (template_function)]))
    (pointer_declarator
      declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier))))
    (reference_declarator (function_declarator declarator: (identifier)))
  ] @name
  body: (compound_statement) @body) @symbol.function
  (#not-match? @_callee "^(TYPED_)?TEST(_[FP])?$"))
(declaration
  (storage_class_specifier)? @modifier
  declarator: [
    (function_declarator declarator: (identifier)) @name
    (pointer_declarator declarator: (function_declarator declarator: (identifier))) @name
    (pointer_declarator
      declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier)))) @name
    (reference_declarator (function_declarator declarator: (identifier))) @name
  ]) @symbol.function

; Types

(namespace_definition name: (namespace_identifier) @name body: (declaration_list) @body) @symbol.module
(namespace_definition
  name: (nested_namespace_specifier) @name body: (declaration_list) @body) @symbol.module
(class_specifier name: (_) @name body: (field_declaration_list) @body) @symbol.class
(struct_specifier name: (_) @name body: (field_declaration_list) @body) @symbol.struct
(union_specifier name: (_) @name body: (field_declaration_list) @body) @symbol.union
(enum_specifier name: (_) @name body: (enumerator_list) @body) @symbol.enum
(class_specifier !name body: (field_declaration_list)) @container.class
(struct_specifier !name body: (field_declaration_list)) @container.struct
(union_specifier !name body: (field_declaration_list)) @container.union
(enum_specifier !name body: (enumerator_list)) @container.enum
(type_definition declarator: (_) @name) @symbol.type
(alias_declaration name: (type_identifier) @name) @symbol.type
(concept_definition name: (identifier) @name) @symbol.type

; Variables, and static members defined outside of their class

(declaration declarator: [
  (qualified_identifier name: [
    (identifier) @name
    (qualified_identifier name: (identifier) @name)
    (qualified_identifier name: (qualified_identifier name: (identifier) @name))
  ])
  (pointer_declarator declarator: (qualified_identifier name: [
    (identifier) @name
    (qualified_identifier name: (identifier) @name)
    (qualified_identifier name: (qualified_identifier name: (identifier) @name))
  ]))
  (init_declarator declarator: [
    (qualified_identifier name: [
      (identifier) @name
      (qualified_identifier name: (identifier) @name)
      (qualified_identifier name: (qualified_identifier name: (identifier) @name))
    ])
    (pointer_declarator declarator: (qualified_identifier name: [
      (identifier) @name
      (qualified_identifier name: (identifier) @name)
      (qualified_identifier name: (qualified_identifier name: (identifier) @name))
    ]))
  ])
]) @symbol.variable
(declaration
  (storage_class_specifier)? @modifier
  declarator: (init_declarator declarator: [
    (identifier)
    (pointer_declarator declarator: (identifier))
    (pointer_declarator declarator: (pointer_declarator))
    (pointer_declarator declarator: (array_declarator))
    (reference_declarator)
    (array_declarator)
    (function_declarator)
  ] @name)) @symbol.variable
((declaration
  (storage_class_specifier)? @modifier
  type: (_) @_type
  declarator: [
    (identifier)
    (pointer_declarator declarator: (identifier))
    (pointer_declarator declarator: (pointer_declarator))
    (pointer_declarator declarator: (array_declarator))
    (reference_declarator)
    (array_declarator)
  ] @name) @symbol.variable
  (#not-any-of? @_type "import" "module"))

; Fields

(field_declaration
  (type_qualifier)? @type
  type: (_) @type
  (type_qualifier)? @type
  declarator: [
    (field_identifier)
    (pointer_declarator)
    (reference_declarator (field_identifier))
    (array_declarator)
    (function_declarator declarator: (parenthesized_declarator))
  ] @name) @field
