; Stubs: what stands where a body should

((macro_invocation macro: (identifier) @_macro) @stub.macro (#any-of? @_macro "todo" "unimplemented"))
((macro_invocation macro: (identifier) @_macro (token_tree (string_literal) @_text)) @stub.message
  (#any-of? @_macro "panic" "unreachable" "bail" "anyhow") (#match? @_text "([Nn]ot|NOT|n't) (yet |YET )?(been )?([Ii]mplemented|IMPLEMENTED|ported|translated|supported yet)|[Uu]nimplemented|UNIMPLEMENTED|(^|[^A-Za-z])(TODO|FIXME)([^A-Za-z]|$)"))
(function_item body: (block "{" . "}")) @stub.empty
(function_item body: (block "{" . [(line_comment) (block_comment)] . "}")) @stub.empty
(function_item body: (block "{" . (expression_statement (return_expression "return" .) . ";") . "}")) @stub.empty

; Risks: what the source must explain

(unsafe_block) @risk.unsafe
(function_modifiers "unsafe") @risk.unsafe
(impl_item "unsafe") @risk.unsafe
((macro_invocation macro: (identifier) @_macro) @risk.panic (#any-of? @_macro "panic" "unreachable"))
((call_expression function: (field_expression field: (field_identifier) @_method)) @risk.unwrap
  (#any-of? @_method "unwrap" "expect"))
(type_cast_expression) @risk.cast
((call_expression function: (scoped_identifier name: (identifier) @_name)) @risk.transmute
  (#any-of? @_name "transmute" "transmute_copy"))
((call_expression function: (scoped_identifier name: (identifier) @_name)) @risk.forget (#any-of? @_name "forget" "leak"))
(static_item (mutable_specifier)) @risk.static-mut
