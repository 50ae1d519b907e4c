; .collect::<Vec<_>>().into_iter()
((call_expression
   function: (field_expression
     value: (call_expression
       function: (generic_function
         function: (field_expression value: (_) @chain field: (field_identifier) @_collect)
         type_arguments: (type_arguments) @_type))
     field: (field_identifier) @_again)
   arguments: (arguments) @_none) @change.chain
 (#eq? @_collect "collect") (#match? @_type "^::<Vec<|^<Vec<") (#any-of? @_again "into_iter" "iter") (#eq? @_none "()")
 (#set! rewrite "${chain}"))

; for x in ….collect::<Vec<_>>()
((for_expression
   value: [
     (call_expression
       function: (generic_function
         function: (field_expression value: (_) @chain field: (field_identifier) @_collect)
         type_arguments: (type_arguments) @_type)) @change.loop
     (reference_expression
       value: (call_expression
         function: (generic_function
           function: (field_expression value: (_) @chain field: (field_identifier) @_collect)
           type_arguments: (type_arguments) @_type))) @change.loop
   ])
 (#eq? @_collect "collect") (#match? @_type "^::<Vec<|^<Vec<")
 (#set! rewrite "${chain}"))

; let v: Vec<_> = ….collect(); for x in v
((block
   (let_declaration
     pattern: (identifier) @_name
     value: (call_expression
       function: [
         (field_expression value: (_) @chain field: (field_identifier) @_collect)
         (generic_function function: (field_expression value: (_) @chain field: (field_identifier) @_collect))
       ])) @change.let
   .
   (expression_statement
     (for_expression
       . "for"
       pattern: (_) @pattern
       value: [
         (identifier) @_use
         (reference_expression value: (identifier) @_use)
         (call_expression
           function: (field_expression value: (identifier) @_use field: (field_identifier) @_iter)
           arguments: (arguments))
       ]
       body: (block) @body) @change.for))
 (#eq? @_collect "collect") (#eq? @_name @_use) (#any-of? @_iter "iter" "into_iter")
 (#set! rewrite "for ${pattern} in ${chain} ${body}"))
