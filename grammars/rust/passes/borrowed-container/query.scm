((parameter
   type: (reference_type
     type: (generic_type type: (type_identifier) @_vec type_arguments: (type_arguments . (_) @item .))) @change.vec)
 (#eq? @_vec "Vec") (#match? @change.vec "^& *Vec")
 (#set! rewrite "&[${item}]"))

((parameter
   type: (reference_type
     (lifetime) @life
     type: (generic_type type: (type_identifier) @_vec type_arguments: (type_arguments . (_) @item .))) @change.vec)
 (#eq? @_vec "Vec") (#match? @change.vec "^&'[a-z_]+ *Vec")
 (#set! rewrite "&${life} [${item}]"))

((parameter type: (reference_type type: (type_identifier) @_string) @change.string)
 (#eq? @_string "String") (#match? @change.string "^& *String")
 (#set! rewrite "&str"))

((parameter type: (reference_type (lifetime) @life type: (type_identifier) @_string) @change.string)
 (#eq? @_string "String") (#match? @change.string "^&'[a-z_]+ *String")
 (#set! rewrite "&${life} str"))
