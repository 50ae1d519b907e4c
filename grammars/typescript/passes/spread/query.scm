; for (const x of [...list])
((for_in_statement
   right: (array . (spread_element (_) @value) .) @change.loop)
 (#set! rewrite "${value}"))

; [...list].map(…): what makes an array of its own anyway, or nothing
((call_expression
   function: (member_expression
     object: (array . (spread_element (_) @value) .) @change.receiver
     property: (property_identifier) @_method))
 (#any-of? @_method "map" "filter" "forEach" "some" "every" "find" "findIndex" "reduce" "slice" "concat" "join"
   "includes" "indexOf")
 (#set! rewrite "${value}"))

; f([...list]), f({...object})
((arguments (array . (spread_element (_) @value) .) @change.argument)
 (#set! rewrite "${value}"))
((arguments (object . (spread_element (_) @value) .) @change.argument)
 (#set! rewrite "${value}"))
