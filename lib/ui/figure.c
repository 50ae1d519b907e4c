// SPDX-License-Identifier: MIT
#include "flow/ui/figure.h"

#include <inttypes.h>

void flow_figure_count(struct flow_buf *out, uint64_t count)
{
    if (count >= 1000000)
        flow_buf_printf(out, "%.1fM", (double)count / 1e6);
    else if (count >= 1000)
        flow_buf_printf(out, "%.0fk", (double)count / 1e3);
    else
        flow_buf_printf(out, "%" PRIu64, count);
}

void flow_figure_usd(struct flow_buf *out, int64_t nano)
{
    flow_buf_printf(out, "$%.2f", (double)nano / 1e9);
}
