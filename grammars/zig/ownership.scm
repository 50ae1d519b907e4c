; What is known of pointers: where they come from, where they go, what is done with them.

; What a function takes and gives.

(parameter name: (identifier) @name type: (_) @type) @own.parameter
(function_declaration name: (identifier) @name type: (_) @type) @own.result
((function_declaration "extern" name: (identifier) @name) @own.foreign)
(return_expression (_) @value) @own.return
(break_expression (break_label (identifier) @name) . (_) @value) @own.yield

; Names and what they stand for. A payload stands for what is looked into.

(variable_declaration ["const" "var"] . (identifier) @name . ":" . type: (_) @type) @own.local
(variable_declaration ["const" "var"] . (identifier) @name . ":" . type: (_) @type . "=" . (_) @value) @own.local
(variable_declaration ["const" "var"] . (identifier) @name . "=" . (_) @value) @own.local
(if_statement condition: (_) @value . ")" . (payload (identifier) @name)) @own.payload
(if_expression condition: (_) @value . ")" . (payload (identifier) @name)) @own.payload
(while_statement condition: (_) @value . ")" . (payload (identifier) @name)) @own.payload
(for_statement "(" . (_) @value (payload . "|" . (identifier) @name)) @own.element
(for_statement "(" . (_) @value (payload . "|" . "*" . (identifier) @name)) @own.element
(switch_expression "(" . (_) @value . ")" (switch_case . (field_expression) @item (payload (identifier) @name))) @own.payload

; Names that get another value, and variables that no function has.

(variable_declaration . (identifier) @name . "=" . _ @value) @own.again
(assignment_expression left: (identifier) @name right: _ @value) @own.again
(variable_declaration "var" . (identifier) @name . ":" . type: (_) @type . ";") @own.global
(variable_declaration "var" . (identifier) @name . ":" . type: (_) @type . "=" . _ @value) @own.global

; Where a value goes.

(variable_declaration . (field_expression object: (_)) @target . "=" . _ @value) @own.assign
(assignment_expression left: (field_expression object: (_)) @target right: _ @value) @own.assign
(variable_declaration . (dereference_expression) @target . "=" . (_) @value) @own.assign
(assignment_expression left: (dereference_expression) @target right: (_) @value) @own.assign
(struct_initializer . (_) @type
  (initializer_list (assignment_expression left: (field_expression !object member: (identifier) @name) right: (_) @value)))
  @own.member
(anonymous_struct_initializer
  (initializer_list (assignment_expression left: (field_expression !object member: (identifier) @name) right: (_) @value)))
  @own.member
((builtin_function (builtin_identifier) @_callee
  (arguments . (_) @type . "," . (string (string_content) @name) . "," . (_) @value)) @own.member
  (#eq? @_callee "@unionInit"))
((builtin_function (builtin_identifier) @_callee
  (arguments . (_) @type . "," . [(identifier) (field_expression) (builtin_function)] . "," . (_) @value)) @own.choice
  (#eq? @_callee "@unionInit"))
(container_field name: (_) @name type: (_) (_) @value .) @own.default
(call_expression function: (_) @name) @own.call
((builtin_function (builtin_identifier) @_callee (arguments . (_) @type . "," . (string) @name . "," . (_) @value)) @own.container
  (#eq? @_callee "@fieldParentPtr"))
((builtin_function (builtin_identifier) @_callee (arguments . (string) @name . "," . (_) @value)) @own.container
  (#eq? @_callee "@fieldParentPtr"))

; Types that another language lays out, or hides.

(struct_declaration "extern") @own.extern
(union_declaration "extern") @own.extern
(opaque_declaration) @own.opaque
