// SPDX-License-Identifier: MIT
#include "show.h"

#include <inttypes.h>
#include <string.h>

#include "flow/base/json.h"
#include "flow/base/map.h"
#include "flow/base/str.h"
#include "flow/base/time.h"

// A transcript being written.
struct writer {
    FILE *to;
    bool json;
    struct flow_buf line;      // one record, with JSON
    struct flow_jsonw json_to; // … being written
    struct flow_map *shown;    // blocks that stand above, by hash
    bool failed;
};

// Text from outside over several lines: its line ends, tabs and backslashes stay, all else that does not
// print is written \xHH.
static void put_text(FILE *to, const char *text, size_t len)
{
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_FILE);
    for (size_t at = 0; at < len;) {
        size_t plain = at;
        while (plain < len && !strchr("\n\t\\", text[plain]))
            plain++;
        flow_str_show(&out, text + at, plain - at);
        if (plain < len)
            flow_buf_putc(&out, text[plain++]);
        at = plain;
    }
    fwrite(out.data, 1, out.len, to);
    if (len > 0 && text[len - 1] != '\n')
        fputc('\n', to);
    flow_buf_release(&out);
}

static void put_line(FILE *to, const char *label, const char *text)
{
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    flow_str_show(&out, text, strlen(text));
    fprintf(to, "%s%s\n", label, out.data);
    flow_buf_release(&out);
}

static void put_time(FILE *to, int64_t wall_ms)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_time_iso(&text, wall_ms);
    fputs(text.data, to);
    flow_buf_release(&text);
}

static struct flow_jsonw *begin_record(struct writer *writer, const char *kind)
{
    flow_buf_clear(&writer->line);
    flow_jsonw_init(&writer->json_to, &writer->line);
    flow_jsonw_object(&writer->json_to);
    flow_jsonw_member(&writer->json_to, "record", kind);
    return &writer->json_to;
}

static int end_record(struct writer *writer)
{
    flow_jsonw_object_end(&writer->json_to);
    flow_buf_putc(&writer->line, '\n');
    writer->failed = writer->failed || writer->line.failed;
    fputs(writer->line.data, writer->to);
    return writer->failed;
}

static void put_number(struct flow_jsonw *json, const char *key, int64_t number)
{
    flow_jsonw_key(json, key);
    flow_jsonw_int(json, number);
}

static void put_json_time(struct flow_jsonw *json, const char *key, int64_t wall_ms)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_time_iso(&text, wall_ms);
    flow_jsonw_member(json, key, wall_ms > 0 ? text.data : NULL);
    flow_buf_release(&text);
}

static void print_call(const struct writer *writer, const struct flow_call_row *call)
{
    fprintf(writer->to, "\n== call %" PRId64 ": ", call->id);
    put_line(writer->to, "", call->step);
    put_line(writer->to, "   model   ", call->model);
    fputs("   begun   ", writer->to);
    put_time(writer->to, call->begun);
    fprintf(writer->to, ", took %.1f s\n", call->seconds);
    fprintf(writer->to, "   tokens  %" PRIu64 " in, %" PRIu64 " from the cache, %" PRIu64 " out%s\n",
            call->input + call->cache_write, call->cache_read, call->output,
            call->estimated ? " (estimated)" : "");
    if (call->priced)
        fprintf(writer->to, "   cost    $%.6f\n", (double)call->nano_usd / 1e9);
    else
        fputs("   cost    not known\n", writer->to);
    put_line(writer->to, "   status  ", call->status);
}

static int on_call(void *payload, const struct flow_call_row *call)
{
    struct writer *writer = payload;
    if (!writer->json) {
        print_call(writer, call);
        return 0;
    }
    struct flow_jsonw *json = begin_record(writer, "call");
    flow_jsonw_member(json, "unit", call->unit);
    put_number(json, "call", call->id);
    flow_jsonw_member(json, "role", call->role);
    flow_jsonw_member(json, "lens", call->lens);
    flow_jsonw_member(json, "step", call->step);
    flow_jsonw_member(json, "model", call->model);
    flow_jsonw_member(json, "status", call->status);
    put_number(json, "input", (int64_t)(call->input + call->cache_write));
    put_number(json, "cached", (int64_t)call->cache_read);
    put_number(json, "output", (int64_t)call->output);
    flow_jsonw_key(json, "usd");
    if (call->priced)
        flow_jsonw_num(json, (double)call->nano_usd / 1e9);
    else
        flow_jsonw_null(json);
    put_json_time(json, "begun", call->begun);
    put_json_time(json, "settled", call->settled);
    flow_jsonw_member(json, "error", call->error);
    flow_jsonw_member(json, "request", call->request_id);
    flow_jsonw_key(json, "prompt");
    flow_jsonw_array(json);
    return 0;
}

// A block that stands above is not said again: all calls of a run share most of theirs.
static int on_block(void *payload, const char *hash, const void *data, size_t len)
{
    struct writer *writer = payload;
    bool known = flow_map_get(writer->shown, hash) != NULL;
    if (!known && flow_map_set_num(writer->shown, hash, 1, NULL))
        writer->failed = true;
    if (writer->json) {
        flow_jsonw_object(&writer->json_to);
        flow_jsonw_member(&writer->json_to, "block", hash);
        if (!known) {
            flow_jsonw_key(&writer->json_to, "text");
            flow_jsonw_strn(&writer->json_to, data, len);
        }
        flow_jsonw_object_end(&writer->json_to);
    } else if (known) {
        fprintf(writer->to, "-- prompt %.12s: stands above, %zu bytes\n", hash, len);
    } else {
        fprintf(writer->to, "-- prompt %.12s\n", hash);
        put_text(writer->to, data, len);
    }
    return writer->failed;
}

// The look-ups that a reply asks for; what they gave is part of the next call's prompt.
static void print_lookups(const struct writer *writer, const char *extra)
{
    struct flow_json *document = NULL;
    if (!extra || flow_json_parse(&document, extra, strlen(extra), NULL))
        return;
    const struct flow_json *item = flow_json_first(flow_json_get(document, "calls"));
    for (; item; item = flow_json_next(item)) {
        const char *name = flow_json_str(flow_json_get(item, "name"));
        const char *input = flow_json_str(flow_json_get(item, "input"));
        struct flow_buf text;
        flow_buf_init(&text, FLOW_BUF_TEXT);
        flow_buf_printf(&text, "%s %s", name ? name : "", input ? input : "");
        put_line(writer->to, "-- look-up ", text.data);
        flow_buf_release(&text);
    }
    flow_json_free(document);
}

static int on_reply(void *payload, const struct flow_call_row *call)
{
    struct writer *writer = payload;
    if (writer->json) {
        flow_jsonw_array_end(&writer->json_to);
        flow_jsonw_key(&writer->json_to, "reply");
        if (call->reply)
            flow_jsonw_strn(&writer->json_to, call->reply, call->reply_len);
        else
            flow_jsonw_null(&writer->json_to);
        flow_jsonw_key(&writer->json_to, "extra");
        if (call->extra)
            flow_jsonw_raw(&writer->json_to, call->extra, strlen(call->extra));
        else
            flow_jsonw_null(&writer->json_to);
        return end_record(writer);
    }
    if (call->reply_len > 0) {
        fputs("-- reply\n", writer->to);
        put_text(writer->to, call->reply, call->reply_len);
    }
    print_lookups(writer, call->extra);
    if (call->error)
        put_line(writer->to, "-- error: ", call->error);
    return 0;
}

static int on_verdict(void *payload, const struct flow_verdict_row *verdict)
{
    struct writer *writer = payload;
    const char *word = verdict->accept ? "accept" : "reject";
    if (!writer->json) {
        fprintf(writer->to, "-- verdict of round %u, %s: %s\n", verdict->round, verdict->lens, word);
        return 0;
    }
    struct flow_jsonw *json = begin_record(writer, "verdict");
    put_number(json, "call", verdict->call);
    put_number(json, "round", verdict->round);
    flow_jsonw_member(json, "lens", verdict->lens);
    flow_jsonw_member(json, "verdict", word);
    flow_jsonw_member(json, "source", verdict->source_id);
    flow_jsonw_member(json, "target", verdict->target_id);
    return end_record(writer);
}

static void print_finding(const struct writer *writer, const struct flow_finding_row *finding)
{
    fprintf(writer->to, "   finding %" PRId64 ", %s, source line %u, target line %u", finding->id,
            finding->severity, finding->source_line, finding->target_line);
    put_line(writer->to, ": ", finding->claim);
    put_text(writer->to, finding->evidence, strlen(finding->evidence));
    if (finding->fix)
        put_line(writer->to, "   suggested: ", finding->fix);
    put_line(writer->to, "   fate: ", finding->fate);
    if (finding->fate_reason && *finding->fate_reason)
        put_line(writer->to, "   because: ", finding->fate_reason);
}

static int on_finding(void *payload, const struct flow_finding_row *finding)
{
    struct writer *writer = payload;
    if (!writer->json) {
        print_finding(writer, finding);
        return 0;
    }
    struct flow_jsonw *json = begin_record(writer, "finding");
    put_number(json, "finding", finding->id);
    put_number(json, "round", finding->round);
    flow_jsonw_member(json, "lens", finding->lens);
    flow_jsonw_member(json, "severity", finding->severity);
    flow_jsonw_member(json, "file", finding->file);
    put_number(json, "source-line", finding->source_line);
    put_number(json, "target-line", finding->target_line);
    flow_jsonw_member(json, "claim", finding->claim);
    flow_jsonw_member(json, "evidence", finding->evidence);
    flow_jsonw_member(json, "fix", finding->fix);
    flow_jsonw_member(json, "fate", finding->fate);
    flow_jsonw_member(json, "reason", finding->fate_reason);
    return end_record(writer);
}

static int on_event(void *payload, const struct flow_event_row *event)
{
    struct writer *writer = payload;
    if (!writer->json) {
        fputs("\n== ", writer->to);
        put_time(writer->to, event->at);
        fprintf(writer->to, " %s\n", event->kind);
        put_text(writer->to, event->text, strlen(event->text));
        return 0;
    }
    struct flow_jsonw *json = begin_record(writer, "event");
    put_json_time(json, "at", event->at);
    flow_jsonw_member(json, "kind", event->kind);
    flow_jsonw_member(json, "text", event->text);
    return end_record(writer);
}

static int on_state(void *payload, const struct flow_unit_state *state)
{
    struct writer *writer = payload;
    if (!writer->json) {
        put_line(writer->to, "\n== now ", state->state);
        if (*state->commit.hex)
            fprintf(writer->to, "   commit  %s\n", state->commit.hex);
        if (state->reason)
            put_line(writer->to, "   reason  ", state->reason);
        return 0;
    }
    struct flow_jsonw *json = begin_record(writer, "state");
    flow_jsonw_member(json, "state", state->state);
    flow_jsonw_member(json, "commit", *state->commit.hex ? state->commit.hex : NULL);
    put_number(json, "generation", state->generation);
    flow_jsonw_member(json, "reason", state->reason);
    return end_record(writer);
}

int show_unit(const struct flow_log *log, const char *unit, bool json, FILE *to, struct flow_error *err)
{
    struct writer writer = {.to = to, .json = json, .shown = flow_map_new()};
    struct flow_log_reader reader = {.call = on_call,
                                     .block = on_block,
                                     .reply = on_reply,
                                     .verdict = on_verdict,
                                     .finding = on_finding,
                                     .event = on_event,
                                     .state = on_state,
                                     .payload = &writer};
    if (!writer.shown)
        return flow_error_nomem(err);
    flow_buf_init(&writer.line, FLOW_BUF_FILE);
    int result = flow_log_unit(log, unit, &reader, err);
    if (result == 0 && writer.failed)
        result = flow_error_nomem(err);
    flow_buf_release(&writer.line);
    flow_map_free(writer.shown);
    return result;
}

static void print_origin(const struct flow_log_origin *o, FILE *to)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_printf(&text, "%s:%u: %s", o->path, o->line, o->text);
    put_line(to, "", text.data);
    flow_buf_clear(&text);
    flow_time_iso(&text, o->when_ms);
    fprintf(to, "  commit    %.12s of %s, ", o->commit.hex, text.data);
    put_line(to, "", o->author);
    put_line(to, "            ", o->subject);
    if (o->by_fix)
        fputs(
            "  written   by flow-fix, after the file was ported: flow-status says if it was reviewed since\n",
            to);
    else if (!o->by_flow)
        fputs(*o->unit ? "  written   by hand, after the file was ported\n"
                       : "  written   by hand: flow ported nothing of this file\n",
              to);
    if (*o->unit)
        put_line(to, "  unit      ", o->unit);
    if (o->by_flow && o->call > 0) {
        flow_buf_clear(&text);
        flow_buf_printf(&text, "call %" PRId64 ": %s", o->call, o->step);
        put_line(to, "  written   ", text.data);
    } else if (o->by_flow) {
        fputs(*o->run
                  ? "  written   by no reply as it stands: the formatter or the tool made it\n"
                  : "  written   by no call that the ledger here knows: the file is part of the scaffold,\n"
                    "            or the run's ledger is another one\n",
              to);
    }
    if (*o->model)
        put_line(to, "  model     ", o->model);
    if (o->round > 0)
        fprintf(to, "  accepted  in round %u\n", o->round);
    for (size_t i = 0; i < o->reviewers.count; i++)
        put_line(to, i == 0 ? "  reviewed  " : "            ", o->reviewers.items[i]);
    if (*o->cost)
        put_line(to, "  cost      ", o->cost);
    if (*o->run)
        put_line(to, "  run       ", o->run);
    flow_buf_release(&text);
}

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

int show_origin(const struct flow_log_origin *o, bool json, FILE *to, struct flow_error *err)
{
    if (!json) {
        print_origin(o, to);
        return 0;
    }
    struct flow_buf text;
    struct flow_jsonw out;
    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_jsonw_init(&out, &text);
    flow_jsonw_object(&out);
    flow_jsonw_member(&out, "file", o->path);
    put_number(&out, "line", o->line);
    flow_jsonw_member(&out, "text", o->text);
    flow_jsonw_member(&out, "revision", o->revision);
    flow_jsonw_member(&out, "commit", o->commit.hex);
    flow_jsonw_member(&out, "subject", o->subject);
    flow_jsonw_member(&out, "author", o->author);
    put_json_time(&out, "when", o->when_ms);
    flow_jsonw_key(&out, "by-flow");
    flow_jsonw_bool(&out, o->by_flow);
    flow_jsonw_member(&out, "unit", or_null(o->unit));
    flow_jsonw_member(&out, "run", or_null(o->run));
    flow_jsonw_key(&out, "call");
    if (o->call > 0)
        flow_jsonw_int(&out, o->call);
    else
        flow_jsonw_null(&out);
    flow_jsonw_member(&out, "step", or_null(o->step));
    flow_jsonw_member(&out, "role", or_null(o->role));
    flow_jsonw_member(&out, "lens", or_null(o->lens));
    flow_jsonw_key(&out, "round");
    if (o->round > 0)
        flow_jsonw_int(&out, o->round);
    else
        flow_jsonw_null(&out);
    flow_jsonw_member(&out, "model", or_null(o->model));
    flow_jsonw_key(&out, "reviewers");
    flow_jsonw_array(&out);
    for (size_t i = 0; i < o->reviewers.count; i++)
        flow_jsonw_str(&out, o->reviewers.items[i]);
    flow_jsonw_array_end(&out);
    flow_jsonw_member(&out, "cost", or_null(o->cost));
    flow_jsonw_object_end(&out);
    flow_buf_putc(&text, '\n');
    int result = flow_buf_check(&text, "record", err);
    if (result == 0)
        fputs(text.data, to);
    flow_buf_release(&text);
    return result;
}
