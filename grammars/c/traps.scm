; Constructs of C whose look-alike elsewhere behaves differently. Each name has its section "## trap: <name>" in the guides.

; Arithmetic

((assignment_expression operator: _ @_op) @trap.unsigned-wrap (#any-of? @_op "*=" "^=" "<<="))
((number_literal) @trap.unsigned-wrap (#match? @_literal "[0-9a-fA-F][uU][lL]*$")) @_literal
((call_expression function: (identifier) @_f) @trap.overflow-check (#match? @_f "^__builtin_.*_overflow(_p)?$"))
((identifier) @trap.overflow-check
  (#match? @_limit "^(U?(INT|LONG|LLONG|SHRT|CHAR)|U?INT(8|16|32|64|MAX|PTR)|SIZE|SSIZE|PTRDIFF)_(MAX|MIN)$")) @_limit
(binary_expression operator: ["<<" ">>"]) @trap.shift
(assignment_expression operator: ["<<=" ">>="]) @trap.shift
(binary_expression operator: ["/" "%"]) @trap.division
(assignment_expression operator: ["/=" "%="]) @trap.division
((cast_expression type: (type_descriptor type: (_) @_type !declarator)) @trap.cast
  (#match? @_type "^((u?int(8|16|32)_t)|(unsigned |signed )?(char|short|int|long)|unsigned|signed|float|size_t|ssize_t|ptrdiff_t)$"))
((cast_expression type: (type_descriptor type: (_) @_type !declarator)) @trap.char-sign
  (#match? @_type "^(unsigned char|signed char|u?int8_t)$"))
((primitive_type) @trap.floating (#any-of? @_float "float" "double")) @_float
(unary_expression operator: "~") @trap.complement

; Order and side effects

(argument_list [(update_expression) (assignment_expression)]) @trap.evaluation-order
(binary_expression (update_expression)) @trap.evaluation-order
(subscript_expression (update_expression)) @trap.pointer-walk
(pointer_expression argument: (update_expression)) @trap.pointer-walk
((call_expression function: (identifier) @_f
  arguments: (argument_list [(call_expression) (update_expression) (assignment_expression)])) @trap.assert-effect
  (#match? @_f "^[a-z_]*(assert|ASSERT)$"))
((call_expression function: (identifier) @_f) @trap.assert (#match? @_f "^[a-zA-Z_]*(assert|ASSERT)$"))
(comma_expression) @trap.comma
(assignment_expression right: (assignment_expression)) @trap.chained-assignment
(parenthesized_expression (assignment_expression)) @trap.assignment-as-value
(preproc_function_def) @trap.macro
(case_statement value: (_) [(expression_statement) (if_statement) (declaration)] .) @trap.fallthrough
(goto_statement) @trap.goto
((call_expression function: (identifier) @_f) @trap.nonlocal-jump (#any-of? @_f "setjmp" "longjmp" "sigsetjmp" "siglongjmp"))

; Memory

((call_expression function: (identifier) @_f) @trap.realloc (#any-of? @_f "realloc" "reallocarray"))
((call_expression function: (identifier) @_f) @trap.memory-copy (#any-of? @_f "memcpy" "memmove" "memset" "bcopy"))
((call_expression function: (identifier) @_f) @trap.c-string
  (#any-of? @_f "strcpy" "strncpy" "strcat" "strncat" "strlcpy" "strlcat" "stpcpy" "strtok" "strtok_r" "strsep" "strndup" "strdup"
    "strpbrk" "strspn" "strcspn" "strstr" "strchr" "strrchr" "strcmp" "strncmp" "strcasecmp" "strncasecmp" "strlen"))
(sizeof_expression) @trap.sizeof
(union_specifier body: (field_declaration_list)) @trap.union
(bitfield_clause) @trap.bit-field
(field_declaration declarator: (array_declarator !size)) @trap.flexible-array
((declaration declarator: (array_declarator size: (identifier) @_size)) @trap.variable-length-array (#match? @_size "[a-z]"))
((compound_statement (declaration (storage_class_specifier "static")) @trap.static-local)
  (#not-match? @trap.static-local "const"))
(function_declarator declarator: (parenthesized_declarator (pointer_declarator))) @trap.function-pointer
((call_expression function: (identifier) @_f) @trap.comparator (#any-of? @_f "qsort" "bsearch" "tsearch" "lsearch" "qsort_r"))
((call_expression function: (identifier) @_f) @trap.container-of (#any-of? @_f "container_of" "offsetof" "list_entry"))
(offsetof_expression) @trap.container-of
(compound_literal_expression) @trap.compound-literal
(initializer_pair designator: (subscript_designator)) @trap.designated-array
((type_qualifier) @trap.volatile (#eq? @_word "volatile")) @_word

; Library

((call_expression function: (identifier) @_f) @trap.number-parsing
  (#any-of? @_f "strtol" "strtoul" "strtoll" "strtoull" "strtod" "strtof" "strtoimax" "strtoumax" "atoi" "atol" "atoll" "atof" "sscanf" "scanf" "fscanf"))
((identifier) @trap.errno (#eq? @_name "errno")) @_name
((call_expression function: (identifier) @_f) @trap.ctype
  (#any-of? @_f "isalnum" "isalpha" "isblank" "iscntrl" "isdigit" "isgraph" "islower" "isprint" "ispunct" "isspace" "isupper" "isxdigit"
    "tolower" "toupper"))
((call_expression function: (identifier) @_f) @trap.printf
  (#any-of? @_f "printf" "fprintf" "sprintf" "snprintf" "dprintf" "asprintf" "vprintf" "vfprintf" "vsprintf" "vsnprintf"))
(variadic_parameter) @trap.varargs
((call_expression function: (identifier) @_f) @trap.stdio
  (#any-of? @_f "fopen" "fclose" "fflush" "fgets" "fgetc" "getc" "getchar" "ungetc" "fputs" "fputc" "putc" "putchar" "puts" "fread" "fwrite"
    "getline" "getdelim" "setvbuf" "fseek" "ftell" "rewind" "feof" "ferror" "clearerr" "perror" "tmpfile" "popen" "fileno" "fdopen"))
((identifier) @trap.end-of-file (#eq? @_eof "EOF")) @_eof
((call_expression function: (identifier) @_f) @trap.exit (#any-of? @_f "exit" "_exit" "_Exit" "abort" "atexit" "quick_exit"))
((call_expression function: (identifier) @_f) @trap.time
  (#any-of? @_f "localtime" "localtime_r" "gmtime" "gmtime_r" "mktime" "strftime" "strptime" "ctime" "clock" "difftime"))
((call_expression function: (identifier) @_f) @trap.options (#any-of? @_f "getopt" "getopt_long" "getopt_long_only"))
((call_expression function: (identifier) @_f) @trap.signals (#any-of? @_f "signal" "sigaction" "raise" "kill" "alarm"))
((call_expression function: (identifier) @_f) @trap.locale (#any-of? @_f "setlocale" "strcoll" "strxfrm" "mbstowcs" "wcstombs" "mbrtowc" "wcwidth"))
((call_expression function: (identifier) @_f) @trap.random (#any-of? @_f "rand" "srand" "random" "srandom" "drand48"))
((call_expression function: (identifier) @_f) @trap.foreign-function
  (#any-of? @_f "dlopen" "dlsym" "ioctl" "syscall" "fork" "execv" "execvp" "execl" "execlp" "tcgetattr" "tcsetattr"))
((call_expression function: (identifier) @_f) @trap.memory-mapped (#any-of? @_f "mmap" "munmap" "shmat"))
(gnu_asm_expression) @trap.inline-assembly

; Preprocessor

(preproc_if) @trap.conditions
(preproc_ifdef) @trap.conditions
