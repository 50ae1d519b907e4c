// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "flow/job/lifetimes.h"
#include "flow/ui/tool.h"
#include "flow/ui/table.h"
#include "../../lib/job/lifetimes_private.h"
static const char *const en[] __attribute__((unused)) = {"PARAM","ALLOC","ARENA","ACQ","GLOBAL","SELF","INSIDE","LOCAL","OTHER","FIELD","CONTAINER","FOREIGN","FUNCTION","CALL","NULL","UNKNOWN","FREED","RELEASED","UNREFED","ACQUIRED"};
int main(int argc, char **argv)
{
    struct flow_error err = {0};
    struct flow_languages *l; struct flow_repo *r; struct flow_analysis *a; struct flow_lifetimes *lt;
    const char *dir = argc > 1 ? argv[1] : NULL;
    struct flow_strv paths; flow_strv_init(&paths);
    if (argc > 2 && flow_strv_add(&paths, argv[2], &err)) return 1;
    struct flow_analyze_options o = {.paths = &paths};
    struct flow_lifetimes_options lo = {0};
    if (flow_repo_open(&r, dir, &err) || flow_languages_load(&l, &err) || flow_analyze(&a, r, l, &o, &err) || flow_lifetimes(&lt, a, l, &lo, &err)) { fprintf(stderr, "%s\n", err.message); return 1; }
    printf("file\tstruct\tfield\ttype\tclass\tconfidence\trule\tevidence\n");
    for (size_t i=0;i<lt->count;i++) { struct flow_lifetime *w=&lt->rows[i]; printf("%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", w->file,w->strukt,w->field,w->type,w->class_name,w->confidence,w->rule,w->evidence); }
    flow_lifetimes_free(lt);
    return 0;
}
