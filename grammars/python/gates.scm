; Stubs: what stands where a body should

((raise_statement (identifier) @_type) @stub.raise (#eq? @_type "NotImplementedError"))
((raise_statement (call function: (identifier) @_type)) @stub.raise (#eq? @_type "NotImplementedError"))
((raise_statement (call arguments: (argument_list . (string) @_text))) @stub.message (#match? @_text "([Nn]ot|NOT|n't) (yet |YET )?(been )?([Ii]mplemented|IMPLEMENTED|ported|translated|supported yet)|[Uu]nimplemented|UNIMPLEMENTED|(^|[^A-Za-z])(TODO|FIXME)([^A-Za-z]|$)"))
((assert_statement (string) @_text) @stub.message (#match? @_text "([Nn]ot|NOT|n't) (yet |YET )?(been )?([Ii]mplemented|IMPLEMENTED|ported|translated|supported yet)|[Uu]nimplemented|UNIMPLEMENTED|(^|[^A-Za-z])(TODO|FIXME)([^A-Za-z]|$)"))
(function_definition body: (block . (pass_statement) .)) @stub.empty
(function_definition body: (block . (expression_statement (ellipsis)) .)) @stub.empty
(function_definition body: (block . (expression_statement (string)) .)) @stub.empty
(function_definition body: (block . (expression_statement (string)) . (pass_statement) .)) @stub.empty
(function_definition body: (block . (expression_statement (string)) . (expression_statement (ellipsis)) .)) @stub.empty

; Risks: what the source must explain

((call function: (identifier) @_f) @risk.eval (#any-of? @_f "eval" "exec"))
(except_clause (block . (pass_statement) .)) @risk.swallowed-error
(except_clause "except" . ":") @risk.bare-except
((comment) @risk.silenced-warning (#match? @_comment "^# *(type: *ignore|noqa|pylint: *disable|pyright: *ignore|mypy:)")) @_comment
((type (identifier) @_type) @risk.any (#eq? @_type "Any"))
((call function: (identifier) @_f) @risk.cast (#eq? @_f "cast"))
(global_statement) @risk.global

; Comments in all but syntax

(module . (expression_statement (string)) @comment.docstring)
(class_definition body: (block . (expression_statement (string)) @comment.docstring))
(function_definition body: (block . (expression_statement (string)) @comment.docstring))
