; for (i = 0; i < strlen(text); i++), while (i < strlen(text))
((for_statement
   condition: (binary_expression
     right: (call_expression function: (identifier) @_length arguments: (argument_list . (_) @text .))) @condition) @change.loop
 (#any-of? @_length "strlen" "wcslen"))
((for_statement
   condition: (binary_expression
     right: (cast_expression
       value: (call_expression function: (identifier) @_length arguments: (argument_list . (_) @text .)))) @condition) @change.loop
 (#any-of? @_length "strlen" "wcslen"))
((while_statement
   condition: (parenthesized_expression
     (binary_expression
       right: (call_expression function: (identifier) @_length arguments: (argument_list . (_) @text .))) @condition)) @change.loop
 (#any-of? @_length "strlen" "wcslen"))

; for (…) strcat(out, part), in braces or not
([
  (for_statement body: (expression_statement (call_expression function: (identifier) @_append arguments: (argument_list . (_) @text))))
  (while_statement body: (expression_statement (call_expression function: (identifier) @_append arguments: (argument_list . (_) @text))))
  (for_statement
    body: (compound_statement
      (expression_statement (call_expression function: (identifier) @_append arguments: (argument_list . (_) @text)))))
  (while_statement
    body: (compound_statement
      (expression_statement (call_expression function: (identifier) @_append arguments: (argument_list . (_) @text)))))
 ] @change.loop
 (#any-of? @_append "strcat" "strncat" "wcscat"))
