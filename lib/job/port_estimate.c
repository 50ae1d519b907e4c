// SPDX-License-Identifier: MIT
/*
 * What units will take, counted in calls and tokens from what is known of each: its size, its imports, the
 * prompts, the guide. What is not known before (how long a model thinks, how often a reviewer rejects) is
 * assumed, once as it is in a cheap run and once as in a dear one.
 */
#include <math.h>
#include <string.h>

#include "port_private.h"

/*
 * Bytes a token: the measurement stands in lib/model/request.c (3.5 to 4.4 on average, 3 at the low end).
 * Reply a byte of source: recorded translations of C to Rust have 1.25 to 1.8 with the record behind them,
 * those of whole files at the upper half less. Thinking: what current models add by themselves at middle
 * effort, between a short check and a page. The shares of units that are rejected or repaired, of replies
 * that have to be asked for again, and of calls with a look-up have no source but runs of this suite: the
 * pilot replaces them. The cache of the Messages API lives five minutes from the last use, which a run seldom
 * lets pass.
 */
struct assumptions {
    double bytes_a_token, reply, thinking;
    double rejected; /* fixes and further rounds of review, a unit */
    double repaired; /* repairs of what gates found, a unit */
    double again;    /* calls that are made once more, a call */
    double lookups;  /* further turns, a call */
    double cold;     /* calls that find the prefix gone from the cache, a call */
    double import;   /* tokens of an import's signatures */
    double contract; /* what a contract has of the source, beside its record */
    double mended;   /* contracts that the compiler finds something in, a unit */
};
static const struct assumptions ends[2] = {
    {.bytes_a_token = 4,
     .reply = 1.25,
     .thinking = 800,
     .rejected = 0.25,
     .repaired = 0.1,
     .again = 0.02,
     .lookups = 0.25,
     .cold = 0.01,
     .import = 250,
     .contract = 0.3,
     .mended = 0.1},
    {.bytes_a_token = 3,
     .reply = 1.6,
     .thinking = 1600,
     .rejected = 0.8,
     .repaired = 0.3,
     .again = 0.1,
     .lookups = 0.75,
     .cold = 0.025,
     .import = 400,
     .contract = 0.7,
     .mended = 0.6},
};
const char *const port_assumptions[] = {
    "contracts of 0.3 to 0.7 times the source; the compiler finds something in 1 of 10, to 3 of 5",
    "a fix and two more reviews for every 4th unit, to 4 of 5; repairs for 1 in 10, to 3 in 10",
    "a look-up in every 4th call, to 3 in 4; 2 to 10 % of calls made again",
    "3 to 4 bytes a token, replies 1.25 to 1.6 times the source, 800 to 1600 tokens of thinking a call",
    "guide and rules written to the cache once, then read, but by 1 call in 100, to 1 in 40",
    "where the reviewers are one model, the second reads the unit from the cache",
    NULL,
};

#define IMPORTS_MOST    20   /* that are described at length */
#define AROUND_TOKENS   300  /* place, traps, conditions of a unit */
#define OUTLINE         0.1  /* of a unit's source, shown with each piece */
#define TAIL_TOKENS     1500 /* of what the pieces before became */
#define FINDINGS_SHORT  15   /* an acceptance */
#define FINDINGS_LONG   400  /* a rejection, as a reply and as what the fixer is shown */
#define EDITS           0.15 /* of the target, in a fix */
#define NUMBERED        1.15 /* sources and targets whose lines have numbers, against bare ones */
#define QUESTION_TOKENS 350  /* of a reviewer's lens */
#define LOOKUP_TOKENS   120  /* output that asks for one */

/* Of one template, at one end. */
struct amount {
    double calls, input, cache_write, cache_read, output;
};

struct estimating {
    const struct port *port;
    struct amount amounts[PORT_TEMPLATES][2];
    bool caches[PORT_TEMPLATES], tools[PORT_TEMPLATES];
    double prefix[PORT_TEMPLATES]; /* bytes */
};

static const char *model_of(const struct port *port, enum port_template which)
{
    if (which == PORT_REVIEW_BEHAVIOUR || which == PORT_REVIEW_SOUNDNESS)
        return port->settings.reviewers[which - PORT_REVIEW_BEHAVIOUR];
    return port->settings.model;
}

// Fixes and further reviews that a unit can come to: none where a rejection ends it.
static double rejections(const struct estimating *e, int end)
{
    return e->port->settings.rounds > 1 ? ends[end].rejected : 0;
}

// Bytes of what all prompts of a template begin with: look-ups, rules, guide.
static double prefix_bytes(const struct port *port, enum port_template which, bool tools)
{
    const struct flow_buf *text = &port->templates[which];
    const char *unit = strstr(text->data, "%% unit");
    double bytes = (unit ? (double)(unit - text->data) : (double)text->len) + (double)port->guide.general.len;
    const struct flow_agent_tools *specs = tools && port->lookups ? flow_lookups_tools(port->lookups) : NULL;
    for (size_t i = 0; specs && i < specs->count; i++)
        bytes += (double)(strlen(specs->specs[i].name) + strlen(specs->specs[i].description) +
                          strlen(specs->specs[i].schema));
    return bytes;
}

static void add_calls(struct estimating *e, enum port_template which, int end, double calls, double input,
                      double output)
{
    const struct assumptions *a = &ends[end];
    struct amount *amount = &e->amounts[which][end];
    double prefix = e->prefix[which] / a->bytes_a_token;
    calls *= 1 + a->again;
    double turns = calls * (1 + (e->tools[which] ? a->lookups : 0));
    amount->calls += turns;
    amount->input += turns * (input + (e->caches[which] ? 0 : prefix));
    amount->cache_write += e->caches[which] ? turns * prefix * a->cold : 0;
    amount->cache_read += e->caches[which] ? turns * prefix * (1 - a->cold) : 0;
    amount->output += calls * (output + a->thinking) + (turns - calls) * LOOKUP_TOKENS;
}

static void add_draft(struct estimating *e, const struct port_unit *unit, int end, double source,
                      double around)
{
    const struct assumptions *a = &ends[end];
    double pieces = (double)port_pieces_count(e->port, unit->unit);
    if (strcmp(unit->state.state, "stale") == 0)
        add_calls(e, PORT_UPDATE, end, 1, around + source * (2 + a->reply), source * a->reply * EDITS);
    else if (pieces > 1)
        add_calls(e, PORT_PIECE, end, pieces, around + source * (1 / pieces + OUTLINE) + TAIL_TOKENS,
                  source * a->reply / pieces);
    else
        add_calls(e, PORT_TRANSLATE, end, 1, around + source, source * a->reply);
}

// Whether the translation was paid for already.
static bool is_drafted(const struct port_unit *unit)
{
    static const char *const states[] = {"drafted", "gated", "reviewed"};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (!unit->reopened && strcmp(unit->state.state, states[i]) == 0)
            return true;
    return false;
}

// Both look at the same text: where they are one model, the first writes it to the cache and the second reads
// it.
static void add_reviews(struct estimating *e, int end, double text)
{
    double rejected = rejections(e, end);
    const char *const *models = e->port->settings.reviewers;
    bool shared = e->caches[PORT_REVIEW_BEHAVIOUR] && strcmp(models[0], models[1]) == 0;
    for (unsigned i = 0; i < REVIEW_LENSES; i++) {
        struct amount *amount = &e->amounts[PORT_REVIEW_BEHAVIOUR + i][end];
        double before = amount->calls;
        add_calls(e, PORT_REVIEW_BEHAVIOUR + i, end, 1 + rejected, shared ? QUESTION_TOKENS : text,
                  FINDINGS_SHORT + rejected * FINDINGS_LONG);
        double turns = amount->calls - before,
               writes = i == 0 ? 1 + rejected : (1 + rejected) * ends[end].cold;
        if (shared) {
            amount->cache_write += text * writes;
            amount->cache_read += text * (turns - writes);
        }
    }
}

static void add_unit(struct estimating *e, const struct port_unit *unit, int end)
{
    const struct assumptions *a = &ends[end];
    double source = (double)unit->unit->bytes / a->bytes_a_token, target = source * a->reply;
    size_t imports = unit->import_count < IMPORTS_MOST ? unit->import_count : IMPORTS_MOST;
    double around = AROUND_TOKENS + a->import * (double)imports;
    if (!is_drafted(unit))
        add_draft(e, unit, end, source, around);
    add_reviews(e, end, around + (source + target) * NUMBERED);
    add_calls(e, PORT_REPAIR, end, a->repaired, around + source + target + FINDINGS_SHORT, target * EDITS);
    add_calls(e, PORT_FIX, end, rejections(e, end), around + source + target + FINDINGS_LONG, target * EDITS);
}

// The first call of a prefix writes what the others read.
static void write_prefixes(struct estimating *e)
{
    for (int which = 0; which < PORT_TEMPLATES; which++)
        for (int end = 0; end < 2; end++) {
            struct amount *amount = &e->amounts[which][end];
            double first = e->prefix[which] / ends[end].bytes_a_token;
            if (amount->calls < 1)
                first *= amount->calls;
            if (first > amount->cache_read)
                first = amount->cache_read;
            amount->cache_read -= first;
            amount->cache_write += first;
        }
}

static int price(const struct port *port, const char *model, const struct amount *amount,
                 struct flow_usage *usage, int64_t *nano, enum flow_port_cost *cost, struct flow_error *err)
{
    struct flow_price row = {0};
    double prompt = amount->input + amount->cache_read + amount->cache_write;
    *usage = (struct flow_usage){.input = (uint64_t)amount->input,
                                 .cache_read = (uint64_t)amount->cache_read,
                                 .cache_write = (uint64_t)amount->cache_write,
                                 .output = (uint64_t)amount->output};
    *nano = 0;
    *cost = FLOW_PORT_COST_UNKNOWN;
    if (!model)
        return 0;
    if (flow_models_price(port->models, model, amount->calls > 0 ? (uint64_t)(prompt / amount->calls) : 0,
                          &row, err))
        return -1;
    if (row.known)
        *cost = FLOW_PORT_COST_KNOWN;
    else if (strncmp(model, "command/", strlen("command/")) == 0)
        *cost = FLOW_PORT_COST_PROGRAM;
    *nano = row.known ? flow_price_cost(&row, usage) : 0;
    return 0;
}

static const struct {
    const char *role;
    enum port_template model; /* whose model it is */
} roles[PORT_ROLES] = {{"translate", PORT_TRANSLATE},
                       {"review behaviour", PORT_REVIEW_BEHAVIOUR},
                       {"review soundness", PORT_REVIEW_SOUNDNESS},
                       {"fix", PORT_FIX},
                       {"contract", PORT_CONTRACT}};
static const unsigned char role_of[PORT_TEMPLATES] = {[PORT_REVIEW_BEHAVIOUR] = 1,
                                                      [PORT_REVIEW_SOUNDNESS] = 2,
                                                      [PORT_REPAIR] = 3,
                                                      [PORT_FIX] = 3,
                                                      [PORT_CONTRACT] = 4};

static void sum_up(const struct estimating *e, size_t role, int end, struct amount *sum)
{
    *sum = (struct amount){0};
    for (int which = 0; which < PORT_TEMPLATES; which++) {
        const struct amount *amount = &e->amounts[which][end];
        if (role_of[which] != role)
            continue;
        sum->calls += amount->calls;
        sum->input += amount->input;
        sum->cache_write += amount->cache_write;
        sum->cache_read += amount->cache_read;
        sum->output += amount->output;
    }
}

static int add_role(const struct estimating *e, size_t at, struct port_estimate *out, struct flow_error *err)
{
    struct flow_port_plan_role *role = &out->roles[at];
    struct amount low, high;
    role->role = roles[at].role;
    role->model = model_of(e->port, roles[at].model);
    sum_up(e, at, 0, &low);
    sum_up(e, at, 1, &high);
    role->calls_low = (size_t)lround(low.calls);
    role->calls_high = (size_t)lround(high.calls);
    if (price(e->port, role->model, &low, &role->low, &role->nano_low, &role->cost, err) ||
        price(e->port, role->model, &high, &role->high, &role->nano_high, &role->cost, err))
        return -1;
    out->nano_low += role->nano_low;
    out->nano_high += role->nano_high;
    out->tokens_low += flow_usage_tokens(&role->low);
    out->tokens_high += flow_usage_tokens(&role->high);
    if (role->cost > out->cost)
        out->cost = role->cost;
    return 0;
}

static void begin(struct estimating *e, const struct port *port)
{
    *e = (struct estimating){.port = port};
    for (int which = 0; which < PORT_TEMPLATES; which++) {
        const char *model = model_of(port, which);
        e->caches[which] = model && flow_models_caches(port->models, model);
        e->tools[which] = model && flow_models_has_tools(port->models, model);
        e->prefix[which] = prefix_bytes(port, which, e->tools[which]);
    }
}

int port_estimate(const struct port *port, const struct port_unit *const *units, size_t count, bool warm,
                  struct port_estimate *out, struct flow_error *err)
{
    struct estimating e;
    begin(&e, port);
    for (size_t i = 0; i < count; i++)
        for (int end = 0; end < 2; end++)
            add_unit(&e, units[i], end);
    if (!warm)
        write_prefixes(&e);
    *out = (struct port_estimate){.cost = FLOW_PORT_COST_KNOWN};
    for (size_t i = 0; i < PORT_ROLES - 1; i++)
        if (add_role(&e, i, out, err))
            return -1;
    return 0;
}

// With what gates find in it, and what the compiler does.
static void add_contract(struct estimating *e, const struct port_unit *unit, int end)
{
    const struct assumptions *a = &ends[end];
    double source = (double)unit->unit->bytes / a->bytes_a_token, contract = source * a->contract;
    size_t imports = unit->import_count < IMPORTS_MOST ? unit->import_count : IMPORTS_MOST;
    double around = AROUND_TOKENS + a->import * (double)imports + source;
    add_calls(e, PORT_CONTRACT, end, 1, around, contract);
    add_calls(e, PORT_CONTRACT, end, a->repaired + a->mended, around + contract + FINDINGS_LONG,
              contract * EDITS);
}

int port_estimate_contracts(const struct port *port, struct port_estimate *out, struct flow_error *err)
{
    struct estimating e;
    begin(&e, port);
    for (size_t i = 0; i < port->count; i++) {
        const struct port_unit *unit = &port->other.units[i];
        bool made = !unit->selected || unit->adopts || port_is_settled(unit);
        for (int end = 0; end < 2 && !made; end++)
            add_contract(&e, unit, end);
    }
    write_prefixes(&e);
    return add_role(&e, PORT_ROLES - 1, out, err);
}
