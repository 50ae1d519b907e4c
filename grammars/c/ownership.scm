; What is known of pointers: where they come from, where they go, what is done with them.

; What a function takes and gives.

(parameter_declaration type: (_) @type declarator: (identifier) @name) @own.parameter
(parameter_declaration type: (_) @type
  declarator: (pointer_declarator declarator: (identifier) @name) @type) @own.parameter
(parameter_declaration type: (_) @type
  declarator: (pointer_declarator declarator: (pointer_declarator declarator: (identifier) @name)) @type) @own.parameter
(function_definition type: (_) @type
  declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier) @name @type))) @own.result
(return_statement (_) @value) @own.return

; Names and what they stand for.

(declaration (storage_class_specifier)? @type type: (_) @type declarator: (identifier) @name) @own.local
(declaration (storage_class_specifier)? @type type: (_) @type
  declarator: (pointer_declarator declarator: (identifier) @name) @type) @own.local
(declaration (storage_class_specifier)? @type type: (_) @type
  declarator: (array_declarator declarator: (identifier) @name) @type) @own.local
(declaration (storage_class_specifier)? @type type: (_) @type
  declarator: (init_declarator declarator: (identifier) @name value: (_) @value)) @own.local
(declaration (storage_class_specifier)? @type type: (_) @type
  declarator: (init_declarator declarator: (pointer_declarator declarator: (identifier) @name) @type value: (_) @value))
  @own.local
(declaration (storage_class_specifier)? @type type: (_) @type
  declarator: (init_declarator declarator: (array_declarator declarator: (identifier) @name) @type value: (_) @value))
  @own.local
(assignment_expression left: (identifier) @name operator: "=" right: (_) @value) @own.again
(type_definition type: (struct_specifier name: (type_identifier) @value) declarator: (type_identifier) @name) @own.alias
(type_definition type: (type_identifier) @value declarator: (type_identifier) @name) @own.alias
(function_declarator
  declarator: (parenthesized_declarator (pointer_declarator declarator: (type_identifier) @name))) @value @own.alias
(function_declarator declarator: (type_identifier) @name parameters: (_) @value) @own.alias

; Variables that no function has. Where a function does not parse, what it declares may stand elsewhere.

(translation_unit (declaration (storage_class_specifier)? @storage (type_qualifier)? @type type: (_) @type declarator: [
  (pointer_declarator "*" @type declarator: [
    (identifier) @name
    (pointer_declarator "*" @type declarator: (identifier) @name)])
  (init_declarator declarator: (pointer_declarator "*" @type declarator: [
    (identifier) @name
    (pointer_declarator "*" @type declarator: (identifier) @name)]) value: (_) @value)]) @own.global)
(preproc_ifdef (declaration (storage_class_specifier)? @storage (type_qualifier)? @type type: (_) @type declarator: [
  (pointer_declarator "*" @type declarator: [
    (identifier) @name
    (pointer_declarator "*" @type declarator: (identifier) @name)])
  (init_declarator declarator: (pointer_declarator "*" @type declarator: [
    (identifier) @name
    (pointer_declarator "*" @type declarator: (identifier) @name)]) value: (_) @value)]) @own.global)
(preproc_if (declaration (storage_class_specifier)? @storage (type_qualifier)? @type type: (_) @type declarator: [
  (pointer_declarator "*" @type declarator: [
    (identifier) @name
    (pointer_declarator "*" @type declarator: (identifier) @name)])
  (init_declarator declarator: (pointer_declarator "*" @type declarator: [
    (identifier) @name
    (pointer_declarator "*" @type declarator: (identifier) @name)]) value: (_) @value)]) @own.global)
(preproc_else (declaration (storage_class_specifier)? @storage (type_qualifier)? @type type: (_) @type declarator: [
  (pointer_declarator "*" @type declarator: [
    (identifier) @name
    (pointer_declarator "*" @type declarator: (identifier) @name)])
  (init_declarator declarator: (pointer_declarator "*" @type declarator: [
    (identifier) @name
    (pointer_declarator "*" @type declarator: (identifier) @name)]) value: (_) @value)]) @own.global)

; Where a value goes.

(assignment_expression left: (field_expression) @target operator: "=" right: (_) @value) @own.assign
(assignment_expression left: (pointer_expression "*" argument: (identifier) @name) operator: "=" right: (_) @value) @own.fill
(declaration type: (_) @type
  declarator: (init_declarator declarator: (_) @name value: (initializer_list) @value)) @own.initializer
(compound_literal_expression type: (_) @type value: (initializer_list) @value) @own.initializer
(preproc_function_def name: (identifier) @name value: (preproc_arg) @value) @own.macro
(preproc_def name: (identifier) @name value: (preproc_arg) @value) @own.define
(call_expression function: (_) @name) @own.call
(update_expression argument: (field_expression) @name operator: "++") @own.count-up
(update_expression argument: (field_expression) @name operator: "--") @own.count-down
