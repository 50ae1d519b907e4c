; let parts: Vec<_> = text.split(',').collect();
((let_declaration
   pattern: (identifier) @name
   value: (call_expression
     function: [
       (field_expression field: (field_identifier) @_method)
       (generic_function function: (field_expression field: (field_identifier) @_method))
     ]) @value) @change.let
 (#any-of? @_method "collect" "to_vec" "concat" "join" "repeat"))

; ….collect::<Vec<_>>().join(" ")
((call_expression
   function: (field_expression
     value: (call_expression
       function: (generic_function function: (field_expression field: (field_identifier) @_collect))
       arguments: (arguments)) @value
     field: (field_identifier) @use)) @change.chain
 (#eq? @_collect "collect") (#any-of? @use "join" "concat" "len" "is_empty" "contains" "first" "last" "get"))

; let text = format!(…);
((let_declaration
   pattern: (identifier) @name
   value: (macro_invocation macro: (identifier) @_macro) @value) @change.let
 (#any-of? @_macro "format" "vec"))

; Made anew in each turn.
((for_expression
   body: (block (let_declaration value: (call_expression function: (scoped_identifier) @_made)) @value)) @change.loop
 (#match? @_made "^(Vec|String)::(new|with_capacity|from)$"))
((while_expression
   body: (block (let_declaration value: (call_expression function: (scoped_identifier) @_made)) @value)) @change.loop
 (#match? @_made "^(Vec|String)::(new|with_capacity|from)$"))
((loop_expression
   body: (block (let_declaration value: (call_expression function: (scoped_identifier) @_made)) @value)) @change.loop
 (#match? @_made "^(Vec|String)::(new|with_capacity|from)$"))
