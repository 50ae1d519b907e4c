// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "flow/job/lifetimes.h"
#include "flow/ui/tool.h"
#include "flow/ui/table.h"
#include "../../lib/job/lifetimes_private.h"
static const char *const en[] = {"PARAM","ALLOC","ARENA","ACQ","GLOBAL","SELF","INSIDE","LOCAL","OTHER","FIELD","CONTAINER","FOREIGN","FUNCTION","CALL","NULL","UNKNOWN","FREED","RELEASED","UNREFED","ACQUIRED"};
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
    printf("file\tstruct\tfield\tclass\ttype\tkind\tpointee\tflags\tevents\n");
    struct own_model *m = lt->model;
    for (size_t i = 0; i < m->type_count; i++) for (size_t k = 0; k < m->types[i]->field_count; k++) {
        struct own_field *f = &m->types[i]->fields[k]; struct own_type *t = m->types[i], *p = f->pointee;
        if (!f->field->is_pointer && !strcmp(f->expanded, f->field->type)) continue;
        printf("%s\t%s\t%s\tUNKNOWN\t%s\t%s\t%s\t", t->file->path, *f->field->container ? f->field->container : t->name, f->field->name, f->expanded, f->field->container_kind, p ? p->path[0] ? p->path : p->name : f->base);
        printf("%s%s%s%s%s|", t->is_extern ? "extern," : "", t->allocated ? "allocated," : "", t->tears_down ? "tears," : "", t->counted?"counted,":"", t->is_opaque?"opaque,":"");
        if (p) printf("%s%s%s%s%s%s%s", "known,", p->is_extern ? "extern," : "", p->allocated ? "allocated," : "", p->tears_down ? "tears," : "", p->counted?"counted,":"", p->is_opaque?"opaque,":"", p==t?"same,":"");
        int holds=0; if (p) for (size_t q=0;q<p->field_count;q++) { struct own_type*x=p->fields[q].pointee; if (x==t) holds|=p->fields[q].field->is_pointer?1:2; else if (x && x!=p) for (size_t w=0;w<x->field_count;w++) if (x->fields[w].pointee==t) holds|=4; }
        size_t uses=0; for (size_t q=0;q<m->type_count;q++) for (size_t w=0;w<m->types[q]->field_count;w++) uses+= m->types[q]->fields[w].pointee==t;
        int inner = p && p->file==t->file && strlen(p->path)<strlen(t->path) && !strncmp(p->path,t->path,strlen(p->path));
        int infn=0; for (size_t q=0;q<m->function_count;q++) if (m->functions[q]->file==t->file && t->start>m->functions[q]->body && t->end<=m->functions[q]->end) infn=1;
        printf("h%d,u%zu,%s%s%s", holds, uses, inner?"inner,":"", infn?"infn,":"", p&&p->file==t->file?"samefile,":"");
        printf("\t");
        for (struct own_event *e = f->events; e; e = e->next) printf("%s%s%s%s@%s:%u[%s]%s%s%s%s%s%s ; ", en[e->kind], e->tears_down?"!":"", e->literal?"L":"", e->fallback?"D":"", e->file->path, e->line, e->text, e->self && f->owner==e->self ? "=own" : e->self && e->self==p ? "=ptee": "", e->kept_twice ? "=twice":"", e->source && e->source->owner==t ? "=sib":"", e->parameter && e->parameter->giver ? e->parameter->giver==p ? "=giver" : "=gself" : "", e->parameter && e->parameter->given & (1U<<OWN_FROM_ALLOCATION) ? "=gal":"",e->parameter && e->parameter->given & (1U<<OWN_FROM_GLOBAL) ? "=ggl":"");
        printf("\n");
    }
    return 0;
}
