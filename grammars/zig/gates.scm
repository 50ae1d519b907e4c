; Stubs: what stands where a body should

((builtin_function (builtin_identifier) @_f (arguments (string) @_text)) @stub.message
  (#any-of? @_f "@panic" "@compileError") (#match? @_text "([Nn]ot|NOT|n't) (yet |YET )?(been )?([Ii]mplemented|IMPLEMENTED|ported|translated|supported yet)|[Uu]nimplemented|UNIMPLEMENTED|(^|[^A-Za-z])(TODO|FIXME)([^A-Za-z]|$)"))
((call_expression function: (field_expression member: (identifier) @_f) (string) @_text) @stub.message
  (#match? @_f "^[a-zA-Z]*[pP]anic$|^(todo|TODO|unimplemented|notImplemented)$") (#match? @_text "([Nn]ot|NOT|n't) (yet |YET )?(been )?([Ii]mplemented|IMPLEMENTED|ported|translated|supported yet)|[Uu]nimplemented|UNIMPLEMENTED|(^|[^A-Za-z])(TODO|FIXME)([^A-Za-z]|$)"))
((error_type (identifier) @_name) @stub.error (#match? @_name "^(NotImplemented|NotYetImplemented|Unimplemented|TODO|Todo)$"))
(function_declaration body: (block "{" . "}")) @stub.empty
(function_declaration body: (block "{" . (comment) . "}")) @stub.empty

; Risks: what the source must explain

(asm_expression) @risk.inline-assembly
((builtin_function (builtin_identifier) @_f) @risk.runtime-safety (#eq? @_f "@setRuntimeSafety"))
((builtin_function (builtin_identifier) @_f) @risk.pointer-cast
  (#any-of? @_f "@ptrCast" "@alignCast" "@constCast" "@volatileCast" "@ptrFromInt"))
((builtin_function (builtin_identifier) @_f) @risk.panic (#eq? @_f "@panic"))
(null_coercion_expression) @risk.unwrap
(catch_expression "catch" . "unreachable") @risk.unwrap
(binary_expression operator: "orelse" right: "unreachable") @risk.unwrap
(switch_case "=>" . "unreachable") @risk.unreachable
(expression_statement "unreachable") @risk.unreachable
(catch_expression "catch" . (block "{" . "}")) @risk.swallowed-error
