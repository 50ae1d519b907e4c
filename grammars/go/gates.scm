; Stubs: what stands where a body should

((call_expression function: (identifier) @_f arguments: (argument_list (interpreted_string_literal) @_text)) @stub.message
  (#eq? @_f "panic") (#match? @_text "([Nn]ot|NOT|n't) (yet |YET )?(been )?([Ii]mplemented|IMPLEMENTED|ported|translated|supported yet)|[Uu]nimplemented|UNIMPLEMENTED|(^|[^A-Za-z])(TODO|FIXME)([^A-Za-z]|$)"))
((call_expression function: (selector_expression field: (field_identifier) @_f) arguments: (argument_list . (interpreted_string_literal) @_text)) @stub.message
  (#any-of? @_f "New" "Errorf" "Fatal" "Fatalf" "Panic" "Panicf") (#match? @_text "^.(TODO|FIXME|([Nn]ot|NOT) (yet )?([Ii]mplemented|IMPLEMENTED|ported)|[Uu]nimplemented|UNIMPLEMENTED)"))
(function_declaration body: (block "{" . "}")) @stub.empty
(function_declaration body: (block "{" . (comment) . "}")) @stub.empty
(method_declaration body: (block "{" . "}")) @stub.empty
(method_declaration body: (block "{" . (comment) . "}")) @stub.empty
(function_declaration body: (block "{" . (return_statement "return" .) . "}")) @stub.empty
(method_declaration body: (block "{" . (return_statement "return" .) . "}")) @stub.empty

; Risks: what the source must explain

((selector_expression operand: (identifier) @_package) @risk.unsafe (#eq? @_package "unsafe"))
((import_spec path: (interpreted_string_literal) @_path) @risk.cgo (#eq? @_path "\"C\""))
((comment) @risk.linkname (#match? @_comment "^//go:linkname")) @_comment
((call_expression function: (identifier) @_f) @risk.panic (#eq? @_f "panic"))
((call_expression function: (identifier) @_f) @risk.recover (#eq? @_f "recover"))
((assignment_statement left: (expression_list . (identifier) @_blank .)) @risk.ignored-result (#eq? @_blank "_"))
(interface_type "{" . "}") @risk.any
((type_identifier) @risk.any (#eq? @_type "any")) @_type
((comment) @risk.silenced-warning (#match? @_comment "^//(nolint|lint:ignore)")) @_comment
