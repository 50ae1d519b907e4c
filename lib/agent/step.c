// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "flow/agent/agent.h"
#include "flow/base/arena.h"
#include "flow/base/vec.h"

// One attempt at a step: a conversation that only grows.
struct attempt {
    const struct flow_agent_env *env;
    const struct flow_step *step;
    unsigned number;
    struct flow_arena arena; // what the turns point to
    struct flow_turn *turns;
    size_t count, cap;
    struct flow_buf name;
};

uint32_t flow_agent_max_tokens(size_t bytes)
{
    // About three bytes a token of source text, twice that for a translation that is longer than its source
    // and the record behind it, and room for the thinking that some models count as output.
    const size_t least = 8192, most = 64000, thinking = 6000;
    size_t tokens = bytes / 3 * 2 + thinking;
    return (uint32_t)(tokens < least ? least : tokens > most ? most : tokens);
}

static struct flow_turn *add_turn(struct attempt *attempt, enum flow_role role, struct flow_error *err)
{
    if (flow_grow(&attempt->turns, &attempt->cap, attempt->count + 1, sizeof *attempt->turns, err))
        return NULL;
    struct flow_turn *turn = &attempt->turns[attempt->count++];
    *turn = (struct flow_turn){.role = role};
    return turn;
}

static int add_text(struct attempt *attempt, enum flow_role role, const char *text, size_t len,
                    struct flow_error *err)
{
    struct flow_turn *turn = add_turn(attempt, role, err);
    struct flow_block *block = flow_arena_alloc(&attempt->arena, sizeof *block);
    char *copy = flow_arena_strn(&attempt->arena, text, len);
    if (!turn)
        return -1;
    if (!block || !copy)
        return flow_error_nomem(err);
    *block = (struct flow_block){.text = copy, .len = len};
    turn->blocks = block;
    turn->block_count = 1;
    return 0;
}

// What the model said, as it must be given back to it.
static int add_answer(struct attempt *attempt, const struct flow_answer *answer, struct flow_error *err)
{
    if (add_text(attempt, FLOW_ROLE_ASSISTANT, answer->text, answer->len, err))
        return -1;
    struct flow_turn *turn = &attempt->turns[attempt->count - 1];
    struct flow_arena *arena = &attempt->arena;
    if (answer->raw && !(turn->raw = flow_arena_str(arena, answer->raw)))
        return flow_error_nomem(err);
    if (answer->call_count == 0)
        return 0;
    struct flow_tool_call *calls = flow_arena_alloc(arena, answer->call_count * sizeof *calls);
    if (!calls)
        return flow_error_nomem(err);
    for (size_t i = 0; i < answer->call_count; i++) {
        calls[i].id = flow_arena_str(arena, answer->calls[i].id);
        calls[i].name = flow_arena_str(arena, answer->calls[i].name);
        calls[i].input = flow_arena_str(arena, answer->calls[i].input);
        if (!calls[i].id || !calls[i].name || !calls[i].input)
            return flow_error_nomem(err);
    }
    turn->calls = calls;
    turn->call_count = answer->call_count;
    return 0;
}

static int answer_lookups(struct attempt *attempt, bool spent, struct flow_error *err)
{
    const struct flow_agent_tools *tools = attempt->step->tools;
    const struct flow_turn asked = attempt->turns[attempt->count - 1];
    struct flow_turn *turn = add_turn(attempt, FLOW_ROLE_USER, err);
    struct flow_tool_result *results = flow_arena_alloc(&attempt->arena, asked.call_count * sizeof *results);
    if (!turn || !results)
        return turn ? flow_error_nomem(err) : -1;
    turn->results = results;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    int result = 0;
    for (size_t i = 0; i < asked.call_count && result == 0; i++) {
        flow_buf_clear(&text);
        bool is_error = spent || !tools;
        if (is_error)
            flow_buf_puts(&text, "no further look-ups: answer with what you have");
        else
            result = tools->answer(tools->payload, &asked.calls[i], &text, &is_error, err);
        if (result == 0)
            result = flow_buf_check(&text, "look-up", err);
        if (result)
            break;
        char *copy = flow_arena_strn(&attempt->arena, text.data, text.len);
        if (!copy)
            result = flow_error_nomem(err);
        results[turn->result_count++] = (struct flow_tool_result){
            .id = asked.calls[i].id, .text = copy, .len = text.len, .is_error = is_error};
    }
    flow_buf_release(&text);
    return result;
}

static int call_once(struct attempt *attempt, unsigned turn, uint32_t max_tokens, struct flow_answer *out,
                     struct flow_error *err)
{
    const struct flow_step *step = attempt->step;
    bool tools = step->tools && flow_models_has_tools(attempt->env->models, step->model);
    const char *lens = step->lens ? step->lens : "-";
    flow_buf_clear(&attempt->name);
    flow_buf_printf(&attempt->name, "%s/%s/%s/%u/%u/%u/%u", step->unit, step->role, lens, step->piece,
                    step->round, attempt->number, turn);
    if (flow_buf_check(&attempt->name, "name of a step", err))
        return -1;
    struct flow_request request = {
        .model = step->model,
        .effort = step->effort,
        .system = step->system,
        .system_count = step->system_count,
        .turns = attempt->turns,
        .turn_count = attempt->count,
        .tools = tools ? step->tools->specs : NULL,
        .tool_count = tools ? step->tools->count : 0,
        .schema = step->schema,
        .max_tokens = max_tokens,
        .role = step->role,
        .unit = step->unit,
        .step = attempt->name.data,
        .source_id = step->source_id,
    };
    return flow_agent_call(attempt->env, &request, step->lens, attempt->number, step->vote, out, err);
}

// 0 fits, 1 does not (err says why), -1 failure.
static int converse(struct attempt *attempt, uint32_t max_tokens, flow_agent_fit_fn fit, void *payload,
                    struct flow_answer *out, struct flow_error *err)
{
    struct flow_buf why;
    unsigned complaints = 0, lookups = 0;
    int result;
    flow_buf_init(&why, FLOW_BUF_TEXT);
    for (unsigned turn = 0;; turn++) {
        result = call_once(attempt, turn, max_tokens, out, err);
        if (result)
            break;
        if (out->stop == FLOW_STOP_TOOLS && out->call_count > 0 && lookups <= FLOW_AGENT_LOOKUPS) {
            bool spent = lookups++ >= FLOW_AGENT_LOOKUPS;
            result = add_answer(attempt, out, err) || answer_lookups(attempt, spent, err) ? -1 : 0;
            if (result)
                break;
            continue;
        }
        flow_buf_clear(&why);
        if (out->stop == FLOW_STOP_REFUSAL) {
            flow_buf_puts(&why, "the model refused to answer");
            result = 1;
        } else {
            result = fit(payload, out, &why, err);
        }
        if (result <= 0)
            break;
        flow_error_set(err, FLOW_E_INVALID, "%s", why.data);
        // A cut or refused reply is not mended by talking about it.
        if (out->stop != FLOW_STOP_END || complaints++ >= FLOW_AGENT_COMPLAINTS)
            break;
        flow_buf_puts(&why, "\n\nAnswer again, whole, in the format that was asked for.");
        if (add_answer(attempt, out, err) || add_text(attempt, FLOW_ROLE_USER, why.data, why.len, err)) {
            result = -1;
            break;
        }
    }
    flow_buf_release(&why);
    return result;
}

int flow_agent_step(const struct flow_agent_env *env, const struct flow_step *step, flow_agent_fit_fn fit,
                    void *payload, struct flow_answer *out, struct flow_error *err)
{
    unsigned attempts = env->attempts ? env->attempts : FLOW_AGENT_ATTEMPTS;
    uint32_t most = env->max_tokens ? env->max_tokens : UINT32_MAX;
    uint32_t max_tokens = step->max_tokens < most ? step->max_tokens : most;
    struct flow_error own = FLOW_ERROR_INIT;
    int result = 1;
    for (unsigned number = 0; number < attempts && result == 1 && own.code != FLOW_E_BUDGET; number++) {
        struct attempt attempt = {.env = env, .step = step, .number = number};
        flow_arena_init(&attempt.arena);
        flow_buf_init(&attempt.name, FLOW_BUF_LINE);
        struct flow_turn *first = add_turn(&attempt, FLOW_ROLE_USER, &own);
        if (first) {
            first->blocks = step->user;
            first->block_count = step->user_count;
            flow_answer_release(out);
            result = converse(&attempt, max_tokens, fit, payload, out, &own);
        } else {
            result = -1;
        }
        // The next attempt at a reply that was cut gets twice the room.
        if (result == 1 && out->stop == FLOW_STOP_LENGTH && out->text)
            max_tokens = max_tokens <= most / 2 ? max_tokens * 2 : most;
        free(attempt.turns);
        flow_buf_release(&attempt.name);
        flow_arena_release(&attempt.arena);
    }
    if (result && err)
        *err = own;
    return result;
}
