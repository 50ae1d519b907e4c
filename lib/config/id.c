// SPDX-License-Identifier: MIT
#include "flow/config/id.h"

#include <git2.h>

#include "flow/config/git.h"

int flow_id_of(struct flow_id *out, const void *data, size_t len, struct flow_error *err)
{
    git_oid oid;

    if (flow_git_hold(err) != 0)
        return -1;
    int rc = git_odb_hash(&oid, len > 0 ? data : "", len, GIT_OBJECT_BLOB);
    if (rc == 0)
        git_oid_tostr(out->hex, sizeof out->hex, &oid);
    else
        rc = flow_git_error(err, rc, "cannot hash %zu bytes", len);
    flow_git_drop();
    return rc;
}
