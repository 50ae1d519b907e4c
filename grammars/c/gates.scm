; Stubs: what stands where a body should

((call_expression function: (identifier) @_f arguments: (argument_list [(string_literal) (binary_expression (string_literal)) (unary_expression (string_literal))] @_text)) @stub.message
  (#match? @_f "^([a-z_]*assert|[a-z_]*die|[a-z_]*panic|[a-z_]*fatal|BUG|bug|errx?|abort_msg)$") (#match? @_text "([Nn]ot|NOT|n't) (yet |YET )?(been )?([Ii]mplemented|IMPLEMENTED|ported|translated|supported yet)|[Uu]nimplemented|UNIMPLEMENTED|(^|[^A-Za-z])(TODO|FIXME)([^A-Za-z]|$)"))
((preproc_call directive: (preproc_directive) @_directive argument: (preproc_arg) @_text) @stub.message
  (#eq? @_directive "#error") (#match? @_text "([Nn]ot|NOT|n't) (yet |YET )?(been )?([Ii]mplemented|IMPLEMENTED|ported|translated|supported yet)|[Uu]nimplemented|UNIMPLEMENTED|(^|[^A-Za-z])(TODO|FIXME)([^A-Za-z]|$)"))
((function_definition body: (compound_statement "{" . (expression_statement (call_expression function: (identifier) @_f)) . "}")) @stub.abort
  (#any-of? @_f "abort" "__builtin_trap" "__builtin_unreachable"))
(function_definition body: (compound_statement "{" . "}")) @stub.empty
(function_definition body: (compound_statement "{" . (comment) . "}")) @stub.empty
(function_definition body: (compound_statement "{" . (return_statement "return" . ";") . "}")) @stub.empty

; Risks: what the source must explain

(gnu_asm_expression) @risk.inline-assembly
((call_expression function: (identifier) @_f) @risk.unbounded (#any-of? @_f "gets" "strcpy" "strcat" "sprintf" "vsprintf" "stpcpy"))
((call_expression function: (identifier) @_f) @risk.alloca (#any-of? @_f "alloca" "__builtin_alloca"))
((call_expression function: (identifier) @_f) @risk.shell (#any-of? @_f "system" "popen"))
((call_expression function: (identifier) @_f) @risk.nonlocal-jump (#any-of? @_f "setjmp" "longjmp" "sigsetjmp" "siglongjmp"))
((call_expression function: (identifier) @_f) @risk.unreachable (#any-of? @_f "__builtin_unreachable" "__builtin_trap"))
(goto_statement) @risk.goto
((cast_expression type: (type_descriptor declarator: (abstract_pointer_declarator))) @risk.pointer-cast)
((preproc_call directive: (preproc_directive) @_directive argument: (preproc_arg) @_text) @risk.silenced-warning
  (#eq? @_directive "#pragma") (#match? @_text "diagnostic +ignored|warning *[(] *disable"))
