; Imports: files that `mod` names, paths that `use` names, and paths from the root written out where they are used

(mod_item name: (identifier) @path !body) @import.mod
((attribute_item (attribute (identifier) @_path value: (string_literal) @path)) @import.file
  (#eq? @_path "path"))
((macro_invocation macro: (identifier) @_macro (token_tree . (string_literal) @path .)) @import.file
  (#any-of? @_macro "include" "include_str" "include_bytes"))
(extern_crate_declaration name: (identifier) @path) @import.use
(mod_item body: (declaration_list (use_declaration argument: (_) @path) @import.inner))
(use_declaration argument: (_) @path) @import.use
((call_expression function: (scoped_identifier) @path) @import.use (#match? @path "^crate::"))
((scoped_type_identifier) @path @import.use (#match? @path "^crate::"))
((macro_invocation macro: (scoped_identifier) @path) @import.use (#match? @path "^crate::"))

; Conditions

((attribute_item (attribute (identifier) @_cfg arguments: (token_tree) @expr)) @condition
  (#any-of? @_cfg "cfg" "cfg_attr"))
((inner_attribute_item (attribute (identifier) @_cfg arguments: (token_tree) @expr)) @condition
  (#any-of? @_cfg "cfg" "cfg_attr"))
((macro_invocation macro: (identifier) @_cfg (token_tree) @expr) @condition (#eq? @_cfg "cfg"))

; Functions. What a trait declares is as public as the trait.

([
  (source_file
    (attribute_item (attribute [(identifier) (scoped_identifier)] @_test)) .
    (function_item name: (identifier) @name body: (block) @body) @symbol.test)
  (declaration_list
    (attribute_item (attribute [(identifier) (scoped_identifier)] @_test)) .
    (function_item name: (identifier) @name body: (block) @body) @symbol.test)
] (#match? @_test "^([a-z_]+::)?test$"))
(trait_item (visibility_modifier)? @public
  body: (declaration_list (function_item name: (identifier) @name body: (block) @body) @symbol.method))
(trait_item (visibility_modifier)? @public
  body: (declaration_list (function_signature_item name: (identifier) @name) @symbol.method))
(impl_item
  body: (declaration_list
    (function_item (visibility_modifier)? @public name: (identifier) @name body: (block) @body) @symbol.method))
(function_item (visibility_modifier)? @public name: (identifier) @name body: (block) @body) @symbol.function
(function_signature_item (visibility_modifier)? @public name: (identifier) @name) @symbol.function
(macro_definition name: (identifier) @name) @symbol.macro

; Types and what belongs to them

(struct_item (visibility_modifier)? @public name: (type_identifier) @name body: (_)? @body) @symbol.struct
(union_item (visibility_modifier)? @public name: (type_identifier) @name body: (_) @body) @symbol.union
(enum_item (visibility_modifier)? @public name: (type_identifier) @name body: (_) @body) @symbol.enum
(enum_variant name: (identifier) @name body: (_)) @symbol.struct
(trait_item (visibility_modifier)? @public name: (type_identifier) @name body: (_) @body) @symbol.interface
(type_item (visibility_modifier)? @public name: (type_identifier) @name) @symbol.type
(associated_type name: (type_identifier) @name) @symbol.type
(mod_item (visibility_modifier)? @public name: (identifier) @name body: (declaration_list) @body) @symbol.module
(impl_item type: [
  (type_identifier) @name
  (generic_type type: (type_identifier) @name)
  (generic_type type: (scoped_type_identifier name: (type_identifier) @name))
  (scoped_type_identifier name: (type_identifier) @name)
  (reference_type type: (type_identifier) @name)
  (reference_type type: (generic_type type: (type_identifier) @name))
]) @scope.impl

; Constants and variables

((const_item (visibility_modifier)? @public name: (identifier) @name) @symbol.constant (#not-eq? @name "_"))
(static_item (visibility_modifier)? @public name: (identifier) @name value: (_)? @body) @symbol.variable

; Fields; those of a tuple are called by their number

(ordered_field_declaration_list type: (_) @type @field)
(field_declaration name: (field_identifier) @name type: (_) @type) @field
