; char *copy = strdup(text); … free(copy);
((compound_statement
   (declaration
     type: (_) @type
     declarator: (init_declarator
       declarator: (pointer_declarator declarator: (identifier) @name)
       value: (call_expression
         function: (identifier) @_copy
         arguments: (argument_list . (_) @source .)))) @change.copy @copy
   (expression_statement
     (call_expression
       function: (identifier) @_free
       arguments: (argument_list . (identifier) @_freed .))) @change.free @free)
 (#any-of? @_copy "strdup" "xstrdup" "g_strdup") (#any-of? @_free "free" "g_free") (#eq? @_freed @name)
 (#set! rewrite "const ${type} *${name} = ${source};${copy..free}"))
