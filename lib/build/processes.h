/* SPDX-License-Identifier: MIT */
/*
 * The processes of one command, found in /proc: all that descend from it or are in its group, and all that
 * carry its mark in the environment that they were started with.
 */
#ifndef FLOW_BUILD_PROCESSES_H
#define FLOW_BUILD_PROCESSES_H

#include <stdint.h>
#include <sys/types.h>

#include "flow/base/error.h"

struct flow_usage {
    unsigned threads; /* of all processes together */
    uint64_t memory;  /* anonymous and shared memory that they have mapped, bytes */
};

/* Adds up what the process `top`, its group and all below them take. */
int flow_processes_usage(struct flow_usage *out, pid_t top, struct flow_error *err);

/* How many processes and threads the user of this process has on the machine. */
int flow_processes_of_user(unsigned *out, struct flow_error *err);

/* The memory of flow_processes_usage, with pages that several share counted once: exact, but slow. */
int flow_processes_memory(uint64_t *out, pid_t top, struct flow_error *err);

/* Bytes on the file system `device` in files that are open in `top` or below it and have no name any more. */
int flow_processes_deleted(uint64_t *out, pid_t top, dev_t device, struct flow_error *err);

/* Kills every process that has the variable `mark` ("NAME=value") in its first environment, until there is
 * none left that runs. FLOW_E_ENV where one cannot be killed. */
int flow_processes_sweep(const char *mark, struct flow_error *err);

#endif
