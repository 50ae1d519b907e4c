((call_expression
   function: (member_expression object: (identifier) @_json property: (property_identifier) @_parse)
   arguments: (arguments .
     (call_expression
       function: (member_expression object: (identifier) @_json2 property: (property_identifier) @_stringify)
       arguments: (arguments . (_) @value .))
     .)) @change.copy
 (#eq? @_json "JSON") (#eq? @_json2 "JSON") (#eq? @_parse "parse") (#eq? @_stringify "stringify")
 (#set! rewrite "${value}"))

((call_expression
   function: (member_expression object: (identifier) @_json property: (property_identifier) @_parse)
   arguments: (arguments .
     (call_expression
       function: (member_expression object: (identifier) @_json2 property: (property_identifier) @_stringify)
       arguments: (arguments . (_) @value .))
     .)) @change.copy
 (#eq? @_json "JSON") (#eq? @_json2 "JSON") (#eq? @_parse "parse") (#eq? @_stringify "stringify")
 (#set! rewrite "structuredClone(${value})"))
