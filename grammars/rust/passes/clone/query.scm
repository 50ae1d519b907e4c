((call_expression
   function: (field_expression value: (_) @value field: (field_identifier) @_method)
   arguments: (arguments) @_none) @change.method
 (#eq? @_method "clone") (#eq? @_none "()")
 (#set! rewrite "${value}"))

; Rc::clone(&x)
((call_expression
   function: (scoped_identifier path: (_) @_type name: (identifier) @_method)
   arguments: (arguments . (reference_expression value: (_) @value) .)) @change.function
 (#match? @_type "(^|::)(Rc|Arc)$") (#eq? @_method "clone")
 (#set! rewrite "${value}"))
