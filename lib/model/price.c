// SPDX-License-Identifier: MIT
#include "price.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/base/vec.h"
#include "flow/config/config.h"

struct row {
    char *model;
    uint64_t above; /* for prompts of more tokens */
    struct flow_price price;
};

struct flow_prices {
    struct row *rows;
    size_t count, cap;
};

// USD per million tokens, at most three decimals, is whole nano-dollars per token: 0.025 → 25.
static int64_t parse_usd(const char *text)
{
    int64_t nano = 0;
    int decimals = -1;

    if (!isdigit((unsigned char)*text))
        return -1;
    for (; *text != '\0'; text++) {
        if (*text == '.' && decimals < 0) {
            decimals = 0;
            continue;
        }
        if (!isdigit((unsigned char)*text) || decimals == 3 || nano > INT64_C(1000000000))
            return -1;
        nano = nano * 10 + (*text - '0');
        decimals += decimals >= 0;
    }
    for (int i = decimals < 0 ? 0 : decimals; i < 3; i++)
        nano *= 10;
    return nano;
}

// The text of price.<section>.<key>, NULL where it is unset.
static int read_text(const struct flow_config *config, const char *section, const char *key, const char **out,
                     struct flow_error *err)
{
    struct flow_buf name;
    int rc;

    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_printf(&name, "price.%s.%s", section, key);
    rc = flow_buf_check(&name, "name of a setting", err);
    if (rc == 0)
        *out = flow_config_str(config, name.data, NULL);
    flow_buf_release(&name);
    return rc;
}

// A share of at most one, in thousandths.
static int read_batch(const struct flow_config *config, const char *section, int64_t *out,
                      struct flow_error *err)
{
    const char *text = NULL;

    if (read_text(config, section, "batch", &text, err) != 0)
        return -1;
    *out = text != NULL ? parse_usd(text) : 1000;
    if (*out >= 0 && *out <= 1000)
        return 0;
    return flow_error_set(err, FLOW_E_INVALID, "price of '%s': batch must be a share of at most 1", section);
}

static int read_number(const struct flow_config *config, const char *section, const char *key,
                       int64_t fallback, int64_t *out, struct flow_error *err)
{
    const char *text = NULL;

    if (read_text(config, section, key, &text, err) != 0)
        return -1;
    *out = text != NULL ? parse_usd(text) : fallback;
    if (*out >= 0)
        return 0;
    return flow_error_set(err, FLOW_E_INVALID,
                          "price of '%s': '%s' must be USD per million tokens, with at most three decimals",
                          section, key);
}

// "model", or "model >tokens".
static int read_name(struct row *row, const char *section, struct flow_error *err)
{
    const char *tier = strstr(section, " >");
    long above = 0;

    if (tier != NULL && flow_parse_long(tier + 2, "tier", 1, 1000000000, &above, err) != 0)
        return flow_error_wrap(err, "price of '%s'", section);
    row->above = (uint64_t)above;
    row->model = tier != NULL ? strndup(section, (size_t)(tier - section)) : strdup(section);
    return row->model != NULL ? 0 : flow_error_nomem(err);
}

static int add_row(struct flow_prices *prices, const struct flow_config *config, const char *section,
                   struct flow_error *err)
{
    const char *date = NULL;
    struct row *row;
    struct flow_price *price;

    if (flow_grow(&prices->rows, &prices->cap, prices->count + 1, sizeof *prices->rows, err) != 0)
        return -1;
    row = &prices->rows[prices->count++];
    *row = (struct row){.price.known = true};
    price = &row->price;
    if (read_name(row, section, err) != 0 ||
        read_number(config, section, "input", -1, &price->input, err) != 0 ||
        read_number(config, section, "output", -1, &price->output, err) != 0 ||
        read_number(config, section, "cache-read", price->input, &price->cache_read, err) != 0 ||
        read_number(config, section, "cache-write", price->input, &price->cache_write, err) != 0 ||
        read_number(config, section, "cache-write-1h", price->cache_write, &price->cache_write_1h, err) !=
            0 ||
        read_batch(config, section, &price->batch, err) != 0 ||
        read_text(config, section, "date", &date, err) != 0)
        return -1;
    snprintf(price->date, sizeof price->date, "%s", date != NULL ? date : "");
    return 0;
}

int flow_prices_read(struct flow_prices **out, const char *path, struct flow_error *err)
{
    struct flow_prices *prices = calloc(1, sizeof *prices);
    struct flow_config *config = NULL;
    struct flow_strv sections;
    struct flow_buf text;
    int rc = -1;

    flow_strv_init(&sections);
    flow_buf_init(&text, FLOW_CONFIG_TEXT_MAX);
    if (prices == NULL) {
        flow_error_nomem(err);
        goto done;
    }
    if (flow_file_read(path, &text, err) != 0 || flow_buf_check(&text, path, err) != 0 ||
        flow_config_new(&config, err) != 0 ||
        flow_config_add_installed(config, text.data, text.len, path, err) != 0 ||
        flow_config_subsections(config, "price", &sections, err) != 0)
        goto done;
    for (size_t i = 0; i < sections.count; i++)
        if (add_row(prices, config, sections.items[i], err) != 0)
            goto done;
    *out = prices;
    prices = NULL;
    rc = 0;
done:
    if (rc != 0)
        flow_error_wrap(err, "cannot read the price table '%s'", path);
    flow_prices_free(prices);
    flow_config_free(config);
    flow_strv_release(&sections);
    flow_buf_release(&text);
    return rc;
}

void flow_prices_free(struct flow_prices *prices)
{
    if (prices == NULL)
        return;
    for (size_t i = 0; i < prices->count; i++)
        free(prices->rows[i].model);
    free(prices->rows);
    free(prices);
}

// Whether rest is "", "-YYYYMMDD" or "-YYYY-MM-DD".
static bool is_date(const char *rest)
{
    static const char *const shapes[] = {"", "-99999999", "-9999-99-99"};

    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        size_t at = 0;
        while (rest[at] != '\0' &&
               (shapes[i][at] == rest[at] || (shapes[i][at] == '9' && isdigit((unsigned char)rest[at]))))
            at++;
        if (rest[at] == '\0' && shapes[i][at] == '\0')
            return true;
    }
    return false;
}

void flow_prices_find(const struct flow_prices *prices, const char *model, uint64_t tokens,
                      struct flow_price *out)
{
    const struct row *best = NULL;

    *out = (struct flow_price){0};
    for (size_t i = 0; i < prices->count; i++) {
        const struct row *row = &prices->rows[i];
        if (!flow_str_starts(model, row->model) || !is_date(model + strlen(row->model)))
            continue;
        // A tier holds above its bound; the base row has none. Of two rows for one name the later one wins.
        if ((row->above == 0 || tokens > row->above) && (best == NULL || row->above >= best->above))
            best = row;
    }
    if (best != NULL)
        *out = best->price;
}

// Saturates: counts come from a server.
static int64_t cost_of(int64_t price, uint64_t tokens)
{
    const uint64_t most = INT64_MAX / 5;

    return price > 0 && tokens > most / (uint64_t)price ? (int64_t)most : price * (int64_t)tokens;
}

int64_t flow_price_cost(const struct flow_price *price, const struct flow_usage *usage)
{
    uint64_t hour = usage->cache_write_1h < usage->cache_write ? usage->cache_write_1h : usage->cache_write;
    int64_t cost = cost_of(price->input, usage->input) + cost_of(price->cache_read, usage->cache_read) +
                   cost_of(price->cache_write, usage->cache_write - hour) +
                   cost_of(price->cache_write_1h, hour) + cost_of(price->output, usage->output);

    return usage->batch ? cost / 1000 * price->batch + cost % 1000 * price->batch / 1000 : cost;
}
