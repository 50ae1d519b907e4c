; Where only a borrow was wanted.
((reference_expression
   value: (call_expression
     function: (field_expression value: (_) @value field: (field_identifier) @_method)
     arguments: (arguments) @_none)) @change.borrow
 (#eq? @_method "to_owned") (#eq? @_none "()")
 (#set! rewrite "${value}"))

((call_expression
   function: (field_expression value: (_) @value field: (field_identifier) @_method)
   arguments: (arguments) @_none) @change.method
 (#eq? @_method "to_owned") (#eq? @_none "()")
 (#set! rewrite "${value}"))
