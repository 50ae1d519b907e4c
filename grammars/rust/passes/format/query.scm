; bytes.extend_from_slice(format!(…).as_bytes()), where bytes is a vector, or a reference to one
((call_expression
   function: (field_expression value: (_) @out field: (field_identifier) @_extend)
   arguments: (arguments .
     (call_expression
       function: (field_expression
         value: (macro_invocation macro: (identifier) @_format (token_tree) @args)
         field: (field_identifier) @_bytes))
     .)) @change.owned
 (#eq? @_extend "extend_from_slice") (#eq? @_format "format") (#eq? @_bytes "as_bytes")
 (#set! rewrite "std::io::Write::write_fmt(&mut ${out}, format_args!${args}).unwrap()"))
((call_expression
   function: (field_expression value: (_) @out field: (field_identifier) @_extend)
   arguments: (arguments .
     (call_expression
       function: (field_expression
         value: (macro_invocation macro: (identifier) @_format (token_tree) @args)
         field: (field_identifier) @_bytes))
     .)) @change.borrowed
 (#eq? @_extend "extend_from_slice") (#eq? @_format "format") (#eq? @_bytes "as_bytes")
 (#set! rewrite "std::io::Write::write_fmt(${out}, format_args!${args}).unwrap()"))

; text.push_str(&format!(…))
((call_expression
   function: (field_expression value: (_) @out field: (field_identifier) @_push)
   arguments: (arguments .
     (reference_expression value: (macro_invocation macro: (identifier) @_format (token_tree) @args))
     .)) @change.owned
 (#eq? @_push "push_str") (#eq? @_format "format")
 (#set! rewrite "std::fmt::Write::write_fmt(&mut ${out}, format_args!${args}).unwrap()"))
((call_expression
   function: (field_expression value: (_) @out field: (field_identifier) @_push)
   arguments: (arguments .
     (reference_expression value: (macro_invocation macro: (identifier) @_format (token_tree) @args))
     .)) @change.borrowed
 (#eq? @_push "push_str") (#eq? @_format "format")
 (#set! rewrite "std::fmt::Write::write_fmt(${out}, format_args!${args}).unwrap()"))
