; Imports

(preproc_include path: (string_literal) @path) @import.include
(preproc_include path: (system_lib_string) @path) @import.system

; Conditions. A header's guard counts for nothing.

((preproc_ifdef "#ifndef" @expr name: (identifier) @_guard @expr . (preproc_def name: (identifier) @_defined !value)) @condition
  (#eq? @_guard @_defined) (#set! ignore))
; What only a C++ compiler sees is linkage.
((preproc_ifdef name: (identifier) @_cplusplus) @condition (#eq? @_cplusplus "__cplusplus") (#set! ignore))
(preproc_ifdef ["#ifdef" "#ifndef"] @expr name: (identifier) @expr) @condition
(preproc_if condition: (_) @expr) @condition
(preproc_elif condition: (_) @expr) @condition
(preproc_elifdef ["#elifdef" "#elifndef"] @expr name: (identifier) @expr) @condition
(preproc_else "#else" @expr) @condition

; Macros

(preproc_def name: (identifier) @name value: (_)? @body) @symbol.macro
(preproc_function_def name: (identifier) @name value: (_)? @body) @symbol.macro

; Functions: definitions, and prototypes behind any number of pointers

; An 'else if (a) {' whose 'if' stands behind another '#if' is parsed as a function named if.
((function_definition
  (storage_class_specifier)? @modifier
  declarator: (_) @name
  body: (compound_statement) @body) @symbol.function
  (#not-match? @name "^(if|for|while|switch)[^A-Za-z0-9_]"))
(declaration
  (storage_class_specifier)? @modifier
  declarator: (function_declarator declarator: (identifier)) @name) @symbol.function
(declaration
  (storage_class_specifier)? @modifier
  declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier))) @name) @symbol.function
(declaration
  (storage_class_specifier)? @modifier
  declarator: (pointer_declarator
    declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier)))) @name) @symbol.function
(declaration
  (storage_class_specifier)? @modifier
  declarator: (pointer_declarator
    declarator: (function_declarator
      declarator: (parenthesized_declarator (pointer_declarator declarator: (function_declarator))))) @name)
  @symbol.function

; Types

(type_definition declarator: (_) @name) @symbol.type
(struct_specifier name: (type_identifier) @name body: (field_declaration_list) @body) @symbol.struct
(union_specifier name: (type_identifier) @name body: (field_declaration_list) @body) @symbol.union
(enum_specifier name: (type_identifier) @name body: (enumerator_list) @body) @symbol.enum
(struct_specifier !name body: (field_declaration_list)) @container.struct
(union_specifier !name body: (field_declaration_list)) @container.union
(enum_specifier !name body: (enumerator_list)) @container.enum

; Variables

(declaration
  (storage_class_specifier)? @modifier
  declarator: (init_declarator declarator: (_) @name)) @symbol.variable
(declaration
  (storage_class_specifier)? @modifier
  declarator: [(identifier) (pointer_declarator) (array_declarator) (function_declarator)] @name) @symbol.variable

; Fields

(field_declaration
  (type_qualifier)? @type
  type: (_) @type
  (type_qualifier)? @type
  declarator: (_) @name) @field
