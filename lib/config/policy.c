// SPDX-License-Identifier: MIT
#include "flow/config/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/base/vec.h"
#include "parse.h"
#include "policy.h"

#define SECTION  "policy."
#define TEXT_MAX ((size_t)1 << 20)
#define JOBS_MAX 100000
#define DAYS_MAX 3650

static int bad(const char *key, const char *value, const char *want, struct flow_error *err)
{
    return flow_error_set(err, FLOW_E_INVALID, "'%s' is %s, not '%s'", key, want, value);
}

static int read_switch(const char *key, const char *value, bool *out, struct flow_error *err)
{
    if (strcasecmp(value, "true") != 0 && strcasecmp(value, "false") != 0)
        return bad(key, value, "true or false", err);
    *out = strcasecmp(value, "true") == 0;
    return 0;
}

static int take_nothing(struct flow_policy *policy, const char *value, struct flow_error *err)
{
    (void)policy;
    return *value != '\0' ? 0 : flow_error_set(err, FLOW_E_INVALID, "an empty pattern allows nothing");
}

// A bare name would be found wherever the user's PATH leads.
static int take_program(struct flow_policy *policy, const char *value, struct flow_error *err)
{
    (void)policy;
    return *value == '/' ? 0 : bad("programs", value, "an absolute path", err);
}

static int take_calls(struct flow_policy *policy, const char *value, struct flow_error *err)
{
    bool calls;

    if (read_switch("calls", value, &calls, err) != 0)
        return -1;
    policy->no_calls = policy->no_calls || !calls;
    return 0;
}

static int take_sandbox(struct flow_policy *policy, const char *value, struct flow_error *err)
{
    bool sandbox;

    if (read_switch("sandbox", value, &sandbox, err) != 0)
        return -1;
    policy->sandbox = policy->sandbox || sandbox;
    return 0;
}

static int take_budget(struct flow_policy *policy, const char *value, struct flow_error *err)
{
    struct flow_budget budget;

    if (flow_budget_parse(value, "budget", &budget, err) != 0) {
        if (err != NULL)
            err->code = FLOW_E_INVALID;
        return -1;
    }
    flow_budget_least(&policy->budget, &budget);
    return 0;
}

static int take_jobs(struct flow_policy *policy, const char *value, struct flow_error *err)
{
    long jobs;

    if (flow_parse_long(value, "jobs", 1, JOBS_MAX, &jobs, err) != 0)
        return -1;
    if (policy->jobs == 0 || (unsigned)jobs < policy->jobs)
        policy->jobs = (unsigned)jobs;
    return 0;
}

static int take_time(struct flow_policy *policy, const char *value, struct flow_error *err)
{
    static const struct {
        char unit;
        long seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    char *end;
    long number = strtol(value, &end, 10), seconds = 0;

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (*end == units[i].unit && end[1] == '\0' && *value >= '0' && *value <= '9' && number > 0 &&
            number <= DAYS_MAX * 86400L / units[i].seconds)
            seconds = number * units[i].seconds;
    }
    if (seconds == 0)
        return bad("time", value, "a time such as 90s, 30m, 8h or 2d", err);
    if (policy->seconds == 0 || seconds < policy->seconds)
        policy->seconds = seconds;
    return 0;
}

static const struct {
    const char *key;
    int (*take)(struct flow_policy *policy, const char *value, struct flow_error *err);
} rules[] = {{"models", take_nothing}, {"hosts", take_nothing},  {"programs", take_program},
             {"calls", take_calls},    {"budget", take_budget},  {"jobs", take_jobs},
             {"time", take_time},      {"sandbox", take_sandbox}};

static int add_rule(struct flow_policy *policy, const struct flow_policy_rule *rule, struct flow_error *err)
{
    struct flow_policy_rule *added;

    if (flow_grow(&policy->rules, &policy->cap, policy->count + 1, sizeof *policy->rules, err) != 0)
        return -1;
    added = &policy->rules[policy->count];
    *added = (struct flow_policy_rule){
        .key = rule->key, .value = flow_arena_str(&policy->arena, rule->value), .line = rule->line};
    if (added->value == NULL)
        return flow_error_nomem(err);
    policy->count++;
    return 0;
}

static int take_setting(void *payload, const char *key, const char *value, unsigned line,
                        struct flow_error *err)
{
    struct flow_policy *policy = payload;
    const char *name = flow_str_starts(key, SECTION) ? key + strlen(SECTION) : "";

    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        const struct flow_policy_rule rule = {.key = rules[i].key, .value = value, .line = line};
        if (strcmp(rules[i].key, name) != 0)
            continue;
        if (rules[i].take(policy, value, err) != 0)
            return flow_error_wrap(err, "policy '%s' line %u", policy->path, line);
        return add_rule(policy, &rule, err);
    }
    return flow_error_set(err, FLOW_E_INVALID,
                          "policy '%s' line %u: '%s' is no rule; those are policy.models, hosts, programs, "
                          "calls, budget, jobs, time and sandbox",
                          policy->path, line, key);
}

static bool others_can_write(const struct stat *st, uid_t owner)
{
    return st->st_uid != owner || (st->st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

// Who can write the folder can put another file in the place of this one.
static int check_folder(const char *path, uid_t owner, struct flow_error *err)
{
    struct flow_buf folder;
    struct stat st;
    int rc = 0;

    flow_buf_init(&folder, FLOW_BUF_LINE);
    flow_buf_add(&folder, path, flow_path_dir_len(path));
    if (flow_buf_check(&folder, "the path of the policy", err) != 0)
        rc = -1;
    else if (stat(folder.data, &st) != 0)
        rc = flow_error_errno(err, errno, "cannot look at '%s'", folder.data);
    else if (others_can_write(&st, owner))
        rc = flow_error_set(err, FLOW_E_REFUSED,
                            "cannot trust the policy '%s': its folder must belong to root and be writable by "
                            "nobody else; 'chown root' and 'chmod 755' it",
                            path);
    flow_buf_release(&folder);
    return rc;
}

// Reads the text. 1: read; 0: there is none.
static int read_text(const char *path, uid_t owner, struct flow_buf *text, struct flow_error *err)
{
    struct stat st;
    int rc = -1, fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (fd < 0)
        return flow_error_errno(err, errno, "cannot read the policy '%s', without which nothing may run",
                                path);
    if (fstat(fd, &st) != 0)
        flow_error_errno(err, errno, "cannot look at '%s'", path);
    else if (!S_ISREG(st.st_mode) || others_can_write(&st, owner))
        flow_error_set(err, FLOW_E_REFUSED,
                       "cannot trust the policy '%s': it must be a file that belongs to root and that nobody "
                       "else can write; 'chown root' and 'chmod 644' it",
                       path);
    else if (check_folder(path, owner, err) == 0 && flow_fd_read(fd, path, text, err) == 0 &&
             flow_buf_check(text, "the policy", err) == 0)
        rc = 1;
    close(fd);
    return rc;
}

int flow_policy_read(struct flow_policy *out, const char *path, uid_t owner, struct flow_error *err)
{
    struct flow_buf text, origin;
    int rc;

    *out = (struct flow_policy){.budget = {.nano_usd = -1, .tokens = -1, .calls = -1}};
    flow_arena_init(&out->arena);
    flow_buf_init(&text, TEXT_MAX);
    flow_buf_init(&origin, FLOW_BUF_LINE);
    flow_buf_printf(&origin, "policy '%s'", path);
    out->path = flow_arena_str(&out->arena, path);
    rc = out->path == NULL ? flow_error_nomem(err) : flow_buf_check(&origin, "the path of the policy", err);
    if (rc == 0)
        rc = read_text(path, owner, &text, err);
    if (rc == 1)
        rc = flow_config_parse(text.data, text.len, origin.data, take_setting, out, err);
    flow_buf_release(&origin);
    flow_buf_release(&text);
    if (rc != 0)
        flow_policy_release(out);
    return rc;
}

int flow_policy_load(struct flow_policy *out, struct flow_error *err)
{
    const struct flow_policy_place place = flow_policy_place();

    return flow_policy_read(out, place.path, place.owner, err);
}

void flow_policy_release(struct flow_policy *policy)
{
    free(policy->rules);
    flow_arena_release(&policy->arena);
    *policy = (struct flow_policy){0};
    flow_arena_init(&policy->arena);
}

int flow_policy_jobs(unsigned *jobs, struct flow_error *err)
{
    struct flow_policy policy;

    if (flow_policy_load(&policy, err) != 0)
        return -1;
    if (policy.jobs > 0 && (*jobs == 0 || *jobs > policy.jobs))
        *jobs = policy.jobs;
    flow_policy_release(&policy);
    return 0;
}

const struct flow_policy_rule *flow_policy_rule(const struct flow_policy *policy, const char *key)
{
    for (size_t i = 0; i < policy->count; i++)
        if (strcmp(policy->rules[i].key, key) == 0)
            return &policy->rules[i];
    return NULL;
}

static bool lists(const struct flow_policy *policy, const char *key, const char *value)
{
    for (size_t i = 0; i < policy->count; i++)
        if (strcmp(policy->rules[i].key, key) == 0 && flow_glob_match(policy->rules[i].value, value))
            return true;
    return false;
}

static int refuse(const struct flow_policy *policy, const struct flow_policy_rule *rule, const char *what,
                  const char *value, struct flow_error *err)
{
    return flow_error_set(err, FLOW_E_REFUSED,
                          "the policy of this machine ('%s' line %u) does not allow %s '%s'; "
                          "'flow policy' shows what it allows",
                          policy->path, rule->line, what, value);
}

int flow_policy_model(const struct flow_policy *policy, const char *model, struct flow_error *err)
{
    const struct flow_policy_rule *models = flow_policy_rule(policy, "models");

    if (policy->no_calls && !flow_str_starts(model, "replay/"))
        return refuse(policy, flow_policy_rule(policy, "calls"), "to call a model, such as", model, err);
    if (models == NULL || lists(policy, "models", model))
        return 0;
    return refuse(policy, models, "the model", model, err);
}

int flow_policy_host(const struct flow_policy *policy, const char *host, struct flow_error *err)
{
    const struct flow_policy_rule *hosts = flow_policy_rule(policy, "hosts");
    char name[256];
    size_t len = strlen(host);

    if (hosts == NULL)
        return 0;
    // Names are the same in upper case, and with the dot of the root behind them.
    if (len > 0 && host[len - 1] == '.')
        len--;
    for (size_t i = 0; i < len && len < sizeof name; i++)
        name[i] = (char)(host[i] >= 'A' && host[i] <= 'Z' ? host[i] - 'A' + 'a' : host[i]);
    name[len < sizeof name ? len : 0] = '\0';
    return lists(policy, "hosts", name) ? 0 : refuse(policy, hosts, "to send anything to", host, err);
}

int flow_policy_program(const struct flow_policy *policy, const char *program, struct flow_error *err)
{
    const struct flow_policy_rule *rule = flow_policy_rule(policy, "programs");

    if (rule == NULL)
        rule = flow_policy_rule(policy, "hosts");
    // A glob's own '/' in front only anchors it.
    if (rule == NULL || (*program == '/' && lists(policy, "programs", program + 1)))
        return 0;
    return refuse(policy, rule, "the program", program, err);
}
