// SPDX-License-Identifier: MIT
/*
 * Parsers for workers. One holds compiled queries and scratch of the size of the largest file that it has
 * seen, half a megabyte and more, and a worker mostly waits for a model: so a few serve all workers.
 */
#include <stdlib.h>

#include "port_private.h"

int port_parser_take(struct port_work *work, struct flow_error *err)
{
    struct port *port = work->port;
    int result = 0;
    pthread_mutex_lock(&port->parser_mutex);
    while (port->parsers_idle == 0 && port->parsers_made == PORT_PARSERS)
        pthread_cond_wait(&port->parser_back, &port->parser_mutex);
    bool make = port->parsers_idle == 0;
    if (make)
        port->parsers_made++;
    else
        work->parser = port->parsers[--port->parsers_idle];
    pthread_mutex_unlock(&port->parser_mutex);
    if (make)
        result = flow_parser_new(&work->parser, port->languages, err);
    if (result) {
        pthread_mutex_lock(&port->parser_mutex);
        port->parsers_made--;
        pthread_cond_signal(&port->parser_back);
        pthread_mutex_unlock(&port->parser_mutex);
    }
    return result;
}

void port_parser_give(struct port_work *work)
{
    struct port *port = work->port;
    pthread_mutex_lock(&port->parser_mutex);
    port->parsers[port->parsers_idle++] = work->parser;
    pthread_cond_signal(&port->parser_back);
    pthread_mutex_unlock(&port->parser_mutex);
    work->parser = NULL;
}

void port_parsers_release(struct port *port)
{
    while (port->parsers_idle > 0)
        flow_parser_free(port->parsers[--port->parsers_idle]);
}
