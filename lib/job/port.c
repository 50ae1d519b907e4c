// SPDX-License-Identifier: MIT
#include "flow/job/port.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "port_private.h"

// The name becomes part of a ref and of a file name.
static int check_name(const char *name, struct flow_error *err)
{
    bool good = *name && strlen(name) <= 100 && name[0] != '-' && name[0] != '.' && !strstr(name, "..");
    for (const char *at = name; *at; at++)
        good = good && (isalnum((unsigned char)*at) || strchr("._-", *at));
    size_t len = strlen(name);
    good = good && name[len - 1] != '.' && !(len > 5 && strcmp(name + len - 5, ".lock") == 0);
    return good
               ? 0
               : flow_error_set(err, FLOW_E_USAGE,
                                "'%s' cannot be the name of a run: use letters, digits, '.', '_', '-'", name);
}

static void port_init(struct port *port, const struct flow_port_options *options,
                      struct flow_job_census *census)
{
    *port = (struct port){
        .options = options,
        .repo = options->repo,
        .config = options->config,
        .languages = options->languages,
        .census = census,
    };
    flow_arena_init(&port->arena);
    flow_arena_init(&port->guide.arena);
    flow_buf_init(&port->guide.general, FLOW_BUF_TEXT);
    flow_buf_init(&port->recipe, FLOW_BUF_LINE);
    flow_buf_init(&port->agreement, FLOW_BUF_TEXT);
    flow_buf_init(&port->agreed_units, FLOW_BUF_FILE);
    flow_buf_init(&port->told, FLOW_BUF_LINE);
    flow_buf_init(&port->open_body, FLOW_BUF_LINE);
    flow_strv_init(&port->modules);
    flow_strv_init(&port->notes);
    flow_strv_init(&port->foreign);
    for (int i = 0; i < PORT_TEMPLATES; i++)
        flow_buf_init(&port->templates[i], FLOW_BUF_TEXT);
    atomic_init(&port->drain, false);
    pthread_mutex_init(&port->mutex, NULL);
    pthread_mutex_init(&port->commit_mutex, NULL);
    pthread_mutex_init(&port->hook_mutex, NULL);
    pthread_mutex_init(&port->seen_mutex, NULL);
    pthread_mutex_init(&port->parser_mutex, NULL);
    pthread_cond_init(&port->parser_back, NULL);
    // A wall clock that is set back would stop the tick for as long.
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&port->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static void port_release(struct port *port)
{
    for (size_t i = 0; i < port->count; i++) {
        flow_unit_state_release(&port->units[i].state);
        if (port->other.units)
            flow_unit_state_release(&port->other.units[i].state);
    }
    free(port->units);
    free(port->other.units);
    free(port->other.branch);
    flow_buf_release(&port->open_body);
    free(port->member);
    free(port->branch);
    free(port->state_dir);
    flow_buf_release(&port->recipe);
    flow_buf_release(&port->agreement);
    flow_buf_release(&port->agreed_units);
    flow_buf_release(&port->told);
    flow_places_free(port->env.places);
    flow_lookups_free(port->lookups);
    flow_send_free(port->send);
    flow_index_free(port->index);
    flow_layout_free(port->layout);
    flow_analysis_free(port->analysis);
    flow_models_free(port->models);
    flow_ledger_free(port->ledger);
    flow_run_unlock(port->lock);
    port_guide_release(&port->guide);
    flow_lifetimes_table_release(&port->fields);
    flow_strv_release(&port->modules);
    flow_strv_release(&port->notes);
    flow_strv_release(&port->foreign);
    for (int i = 0; i < PORT_TEMPLATES; i++)
        flow_buf_release(&port->templates[i]);
    flow_arena_release(&port->arena);
    port_seen_release(port);
    pthread_cond_destroy(&port->changed);
    port_parsers_release(port);
    pthread_cond_destroy(&port->parser_back);
    pthread_mutex_destroy(&port->parser_mutex);
    pthread_mutex_destroy(&port->seen_mutex);
    pthread_mutex_destroy(&port->hook_mutex);
    pthread_mutex_destroy(&port->commit_mutex);
    pthread_mutex_destroy(&port->mutex);
}

static int start_agents(struct port *port, struct flow_error *err)
{
    port->seen = flow_map_new();
    if (!port->seen)
        return flow_error_nomem(err);
    if (flow_places_new(&port->env.places, port->settings.jobs, err))
        return -1;
    port->env.ledger = port->ledger;
    port->env.models = port->models;
    port->env.run = port->run;
    port->env.drain = &port->drain;
    port->env.stop = port->options->stop;
    port->env.max_tokens = port->settings.max_tokens;
    port->env.attempts = port->settings.attempts;
    return 0;
}

static int take_census(struct port *port, struct flow_error *err)
{
    for (size_t i = 0; i < port->count; i++) {
        const struct port_unit *unit = &port->units[i];
        if (!unit->selected)
            continue;
        const char *state = unit->state.state;
        if (unit->unreviewed)
            state = "unreviewed";
        if (flow_job_census_unit(port->census, unit->unit->id, state, unit->state.reason, err))
            return -1;
    }
    port_name_held(port);
    return flow_job_census_costs(port->census, port->ledger, port->run, err);
}

static int carry_out(struct port *port, bool *begun, struct flow_error *err)
{
    if (port_approve(port, err) || port_agree_save(port, err) || start_agents(port, err) ||
        port_control_begin(port, err))
        return -1;
    *begun = true;
    bool hold = false;
    int result = port_contracts_run(port, &hold, err);
    if (result == 0 && !hold)
        result = port_run(port, err);
    // Where nothing was to be done no plan was shown, and what it would have noted is said here.
    for (size_t i = 0; port->todo == 0 && i < port->notes.count; i++)
        port_note(port, "note: %s", port->notes.items[i]);
    return result;
}

// What happened first is what is told.
static int also(int result, int later, const struct flow_error *lost, struct flow_error *err)
{
    if (result || !later)
        return result;
    *err = *lost;
    return -1;
}

int flow_port(const struct flow_port_options *options, struct flow_job_census *census, struct flow_error *err)
{
    struct port port;
    struct flow_error own = FLOW_ERROR_INIT, lost = FLOW_ERROR_INIT;
    bool begun = false;
    flow_job_census_init(census);
    if (check_name(options->name, err))
        return -1;
    port_init(&port, options, census);
    int result = port_open(&port, &own);
    bool opened = result == 0;
    if (result == 0)
        result = port_plan(&port, &own);
    if (result == 0 && !options->dry_run)
        result = carry_out(&port, &begun, &own);
    // The census is taken whatever happened; its own failure does not hide that. How the run ended, which is
    // kept for whoever asks later, depends on it.
    if (opened)
        result = also(result, take_census(&port, &lost), &lost, &own);
    if (begun)
        result = also(result, port_control_end(&port, result, &own, &lost), &lost, &own);
    if (result && err)
        *err = own;
    port_release(&port);
    return result;
}
