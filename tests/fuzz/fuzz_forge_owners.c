// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/forge/owners.h"
#include "fuzz.h"
#include "remote.h"

// The parts of an address stay inside it, and what is shown of one holds no password.
static void check_address(const char *text)
{
    struct flow_buf out;
    struct remote remote;
    remote_split(text, &remote);
    FUZZ_CHECK(remote.path >= text && remote.path <= text + strlen(text));
    FUZZ_CHECK(!remote.host || (remote.host_len > 0 && remote.host + remote.host_len <= text + strlen(text)));
    FUZZ_CHECK(!remote.host || !memchr(remote.host, '@', remote.host_len));
    flow_buf_init(&out, FLOW_BUF_FILE);
    flow_remote_show(text, &out);
    const char *host = remote.scheme && remote.host ? strstr(out.data, "://") + 3 : "";
    FUZZ_CHECK(!memchr(host, '@', strcspn(host, "/")));
    flow_buf_clear(&out);
    remote_project(&remote, false, &out);
    FUZZ_CHECK(!strchr(out.data, '/') || strchr(out.data, '/') == strrchr(out.data, '/'));
    flow_buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"a", "src/b.c", "docs/x/y z.md"};
    const struct flow_strv paths = {.items = (char **)(uintptr_t)names, .count = 3};
    struct flow_error err = FLOW_ERROR_INIT;
    char *text = malloc(size + 1);
    FUZZ_CHECK(text);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    for (unsigned kind = FLOW_FORGE_PATCH; kind <= FLOW_FORGE_GITEA; kind++) {
        struct flow_strv owners;
        flow_strv_init(&owners);
        FUZZ_CHECK(flow_owners_read(&owners, (enum flow_forge_kind)kind, text, size, &paths, &err) == 0);
        for (size_t i = 0; i < owners.count; i++) {
            FUZZ_CHECK(owners.items[i][0] != '\0' && !strpbrk(owners.items[i], " \t\n"));
            FUZZ_CHECK(flow_strv_find(&owners, owners.items[i]) == (long)i);
        }
        flow_strv_release(&owners);
    }
    check_address(text);
    free(text);
    return 0;
}
