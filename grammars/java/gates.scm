; Stubs: what stands where a body should

((object_creation_expression type: (type_identifier) @_type arguments: (argument_list (string_literal) @_text)) @stub.message
  (#match? @_type "(Exception|Error)$") (#match? @_text "([Nn]ot|NOT|n't) (yet |YET )?(been )?([Ii]mplemented|IMPLEMENTED|ported|translated|supported yet)|[Uu]nimplemented|UNIMPLEMENTED|(^|[^A-Za-z])(TODO|FIXME)([^A-Za-z]|$)"))
((object_creation_expression type: (type_identifier) @_type) @stub.type (#match? @_type "^(NotImplemented|NotYetImplemented|TODO)"))
(method_declaration body: (block "{" . "}")) @stub.empty
(method_declaration body: (block "{" . (line_comment) . "}")) @stub.empty
(method_declaration body: (block "{" . (block_comment) . "}")) @stub.empty
(method_declaration body: (block "{" . (return_statement "return" . ";") . "}")) @stub.empty

; Risks: what the source must explain

((annotation name: (identifier) @_name) @risk.silenced-warning (#eq? @_name "SuppressWarnings"))
(catch_clause body: (block "{" . "}")) @risk.swallowed-error
((type_identifier) @risk.unsafe (#eq? @_type "Unsafe")) @_type
((method_invocation name: (identifier) @_name) @risk.reflection (#any-of? @_name "setAccessible" "getDeclaredField" "getDeclaredMethod"))
(cast_expression) @risk.cast
(method_declaration (modifiers "native")) @risk.native
