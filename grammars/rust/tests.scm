; Tests: modules that only they are compiled with, and the functions themselves.

([
  (source_file (attribute_item (attribute (identifier) @_cfg arguments: (token_tree) @_expr)) . (mod_item) @test.code)
  (declaration_list (attribute_item (attribute (identifier) @_cfg arguments: (token_tree) @_expr)) . (mod_item) @test.code)
] (#eq? @_cfg "cfg") (#match? @_expr "[^a-z_]test[^a-z_]"))
([
  (source_file (attribute_item (attribute [(identifier) (scoped_identifier)] @_test)) . (function_item) @test.code)
  (declaration_list (attribute_item (attribute [(identifier) (scoped_identifier)] @_test)) . (function_item) @test.code)
] (#match? @_test "^([a-z_]+::)?(test|bench)$"))
