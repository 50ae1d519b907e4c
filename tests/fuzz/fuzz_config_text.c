// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/config/config.h"
#include "fuzz.h"

// Whatever a committed file says, what is kept of it is text under a key that it may set.
static void check_kept(const struct flow_config *config)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_strv names;
    enum flow_config_level level;
    long number;
    bool truth;

    flow_strv_init(&names);
    FUZZ_CHECK(flow_config_subsections(config, "a", &names, &err) == 0);
    for (size_t i = 0; i < names.count; i++)
        FUZZ_CHECK(strchr(names.items[i], '\n') == NULL);
    flow_strv_release(&names);
    FUZZ_CHECK(flow_config_str(config, "provider.x.url", NULL) == NULL);
    FUZZ_CHECK(flow_config_str(config, "a.key", NULL) == NULL);
    const char *model = flow_config_str(config, "a.model", "");
    FUZZ_CHECK(strncmp(model, "command/", strlen("command/")) != 0);
    if (flow_config_origin(config, "a.model", &level) != NULL)
        FUZZ_CHECK(level == FLOW_CONFIG_COMMITTED);
    if (flow_config_int(config, "a.n", 1, 9, 5, &number, &err) == 0)
        FUZZ_CHECK(number >= 1 && number <= 9);
    flow_config_bool(config, "a.b", false, &truth, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_config *config = NULL;

    FUZZ_CHECK(flow_config_new(&config, &err) == 0);
    if (flow_config_add_committed(config, size > 0 ? (const char *)data : "", size, "'t'", &err) != 0)
        FUZZ_CHECK(err.code == FLOW_E_INVALID || err.code == FLOW_E_REFUSED || err.code == FLOW_E_TOO_BIG);
    check_kept(config);
    flow_config_free(config);
    return 0;
}
