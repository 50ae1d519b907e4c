; list.reduce((all, one) => [...all, one], []), and the same with an object, or with a block that returns it
((call_expression
   function: (member_expression object: (_) @list property: (property_identifier) @_reduce)
   arguments: (arguments .
     (arrow_function
       parameters: (formal_parameters . (_) @_accumulator)
       body: [
         (array (spread_element (identifier) @copied))
         (parenthesized_expression (object (spread_element (identifier) @copied)))
         (statement_block (return_statement [
           (array (spread_element (identifier) @copied))
           (object (spread_element (identifier) @copied))
         ]))
       ]))) @change.reduce
 (#any-of? @_reduce "reduce" "reduceRight") (#eq? @copied @_accumulator))

; list.reduce(function (all, one) { return [...all, one]; }, [])
((call_expression
   function: (member_expression object: (_) @list property: (property_identifier) @_reduce)
   arguments: (arguments .
     (function_expression
       parameters: (formal_parameters . (_) @_accumulator)
       body: (statement_block (return_statement [
         (array (spread_element (identifier) @copied))
         (object (spread_element (identifier) @copied))
       ]))))) @change.reduce
 (#any-of? @_reduce "reduce" "reduceRight") (#eq? @copied @_accumulator))

; list.reduce((all, one) => all.concat(…), [])
((call_expression
   function: (member_expression object: (_) @list property: (property_identifier) @_reduce)
   arguments: (arguments .
     (arrow_function
       parameters: (formal_parameters . (_) @_accumulator)
       body: (call_expression
         function: (member_expression object: (identifier) @copied property: (property_identifier) @_concat))))) @change.reduce
 (#any-of? @_reduce "reduce" "reduceRight") (#eq? @copied @_accumulator) (#eq? @_concat "concat"))
