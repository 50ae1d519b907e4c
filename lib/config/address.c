// SPDX-License-Identifier: MIT
#include "flow/config/address.h"

#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "flow/base/str.h"

static int host_allowed(const char *url, const struct flow_policy *policy, struct flow_error *err)
{
    CURLU *parsed = curl_url();
    char *host = NULL;
    int rc = -1;

    if (parsed == NULL)
        return flow_error_nomem(err);
    if (curl_url_set(parsed, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME) !=
            CURLUE_OK ||
        curl_url_get(parsed, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        flow_error_set(err, FLOW_E_ENV, "an address of a server or proxy names no host");
    else
        rc = flow_policy_host(policy, host, err);
    curl_free(host);
    curl_url_cleanup(parsed);
    return rc;
}

int flow_address_check(const char *url, struct flow_error *err)
{
    const char *host = strstr(url, "://");

    if ((!flow_str_starts(url, "http://") && !flow_str_starts(url, "https://")) || host[3] == '\0')
        return flow_error_set(err, FLOW_E_ENV, "'%s' is not an http or https address", url);
    if (memchr(host, '@', 3 + strcspn(host + 3, "/?#")) != NULL)
        return flow_error_set(err, FLOW_E_ENV, "the address of a server may not hold a name or password");
    for (const char *at = url; *at != '\0'; at++)
        if (*at <= ' ' || *at == 0x7f)
            return flow_error_set(err, FLOW_E_ENV, "'%s' is not an http or https address", url);
    return 0;
}

int flow_address_allowed(const char *url, const struct flow_policy *policy, struct flow_error *err)
{
    static const char *const proxies[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                          "ALL_PROXY"};

    if (flow_policy_rule(policy, "hosts") == NULL)
        return 0;
    if (host_allowed(url, policy, err) != 0)
        return -1;
    for (size_t i = 0; i < sizeof proxies / sizeof proxies[0]; i++) {
        const char *proxy = getenv(proxies[i]);
        if (proxy != NULL && *proxy != '\0' && host_allowed(proxy, policy, err) != 0)
            return flow_error_wrap(err, "%s", proxies[i]);
    }
    return 0;
}
