; Stubs: what stands where a body should

((new_expression constructor: (identifier) @_type arguments: (arguments . [(string) (template_string)] @_text)) @stub.message
  (#match? @_type "Error$") (#match? @_text "([Nn]ot|NOT|n't) (yet |YET )?(been )?([Ii]mplemented|IMPLEMENTED|ported|translated|supported yet)|[Uu]nimplemented|UNIMPLEMENTED|(^|[^A-Za-z])(TODO|FIXME)([^A-Za-z]|$)"))
((call_expression function: (identifier) @_type arguments: (arguments . [(string) (template_string)] @_text)) @stub.message
  (#match? @_type "Error$") (#match? @_text "([Nn]ot|NOT|n't) (yet |YET )?(been )?([Ii]mplemented|IMPLEMENTED|ported|translated|supported yet)|[Uu]nimplemented|UNIMPLEMENTED|(^|[^A-Za-z])(TODO|FIXME)([^A-Za-z]|$)"))
((throw_statement [(string) (template_string)] @_text) @stub.message (#match? @_text "([Nn]ot|NOT|n't) (yet |YET )?(been )?([Ii]mplemented|IMPLEMENTED|ported|translated|supported yet)|[Uu]nimplemented|UNIMPLEMENTED|(^|[^A-Za-z])(TODO|FIXME)([^A-Za-z]|$)"))
((new_expression constructor: (identifier) @_type) @stub.type (#match? @_type "^(NotImplemented|NotYetImplemented|Unimplemented)"))
(function_declaration body: (statement_block "{" . "}")) @stub.empty
(function_declaration body: (statement_block "{" . (comment) . "}")) @stub.empty
(method_definition body: (statement_block "{" . "}")) @stub.empty
(method_definition body: (statement_block "{" . (comment) . "}")) @stub.empty
(function_declaration body: (statement_block "{" . (return_statement "return" . ";") . "}")) @stub.empty
(method_definition body: (statement_block "{" . (return_statement "return" . ";") . "}")) @stub.empty
(variable_declarator value: (arrow_function body: (statement_block "{" . "}"))) @stub.empty

; Risks: what the source must explain

((call_expression function: (identifier) @_f) @risk.eval (#eq? @_f "eval"))
((new_expression constructor: (identifier) @_f) @risk.eval (#eq? @_f "Function"))
(catch_clause body: (statement_block "{" . "}")) @risk.swallowed-error
((comment) @risk.silenced-warning (#match? @_comment "^(//|/[*])[ *]*(eslint-disable|oxlint-disable|biome-ignore|@ts-ignore|@ts-expect-error)")) @_comment
((comment) @risk.unchecked-file (#match? @_comment "^(//|/[*])[ *]*@ts-nocheck")) @_comment
(as_expression (predefined_type "any")) @risk.any-cast
(as_expression (as_expression (predefined_type "unknown"))) @risk.any-cast
((type_annotation (predefined_type) @_type) @risk.any (#eq? @_type "any"))
(non_null_expression) @risk.non-null
