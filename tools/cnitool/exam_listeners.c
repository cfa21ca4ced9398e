/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes of the host that listen on a port which is published. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "exam.h"

enum { TCP_LISTENING = 0x0a, UDP_UNCONNECTED = 0x07, PORTS = 65536 };

/* One bit for each port. */
struct listeners {
	uint8_t tcp[PORTS / 8], udp[PORTS / 8];
};

/* "sl local_address rem_address st", addresses as hex. */
static void take_line(const char *line, unsigned state, uint8_t *ports)
{
	const char *colon = strchr(line, ':'); /* behind the number of the line */
	const char *local = colon ? strchr(colon + 1, ':') : NULL;
	const char *remote = local ? strchr(local + 1, ':') : NULL;
	const char *space = remote ? strchr(remote, ' ') : NULL;
	unsigned long port = space ? strtoul(local + 1, NULL, 16) : 0;

	if (space && port < PORTS && strtoul(space + 1, NULL, 16) == state)
		ports[port / 8] |= (uint8_t)(1U << port % 8);
}

static void take_table(const char *path, unsigned state, uint8_t *ports)
{
	FILE *file = fopen(path, "re");
	cleanup_free char *line = NULL;
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0)
		take_line(line, state, ports);
	if (file)
		(void)fclose(file); /* only read */
}

/* The kernel walks through all sockets of the machine for each table: once for all containers. */
static const struct listeners *listeners_of(struct network *network)
{
	struct listeners *listeners = network->listeners;

	if (listeners)
		return listeners;
	listeners = network->listeners = xcalloc(1, sizeof(*listeners));
	take_table("/proc/self/net/tcp", TCP_LISTENING, listeners->tcp);
	take_table("/proc/self/net/tcp6", TCP_LISTENING, listeners->tcp);
	take_table("/proc/self/net/udp", UDP_UNCONNECTED, listeners->udp);
	take_table("/proc/self/net/udp6", UDP_UNCONNECTED, listeners->udp);
	return listeners;
}

static bool listens(struct network *network, bool is_udp, long port)
{
	const struct listeners *listeners = listeners_of(network);

	return (is_udp ? listeners->udp : listeners->tcp)[port / 8] & 1U << port % 8;
}

static int exam_mapping(const struct exam *exam, const cJSON *mapping)
{
	const cJSON *protocol = json_get(mapping, "protocol");
	bool is_udp = cJSON_IsString(protocol) && text_equal(protocol->valuestring, "udp");
	long port = 0;

	if (!json_is_integer(json_get(mapping, "hostPort"), &port) || port <= 0 || port >= PORTS ||
	    (cJSON_IsString(protocol) && text_equal(protocol->valuestring, "sctp")) ||
	    !listens(exam->network, is_udp, port))
		return 0;
	finding_advise(findings_add(exam->network->findings, PORT_TAKEN, xstrdup(""),
				    "a process of the host listens on port %ld/%s, which %s in %s "
				    "publishes",
				    port, is_udp ? "udp" : "tcp", exam->link->link.name,
				    exam->space->name),
		       xasprintf("`ss -%slnp sport = :%ld` tells which process", is_udp ? "u" : "t",
				 port));
	return 1;
}

int exam_listeners(const struct exam *exam)
{
	const cJSON *ports = json_get(exam->cached->capabilities, "portMappings");
	int found = 0;

	if (!list_find_type(exam->list, "portmap"))
		return 0;
	for (const cJSON *item = cJSON_IsArray(ports) ? ports->child : NULL; item;
	     item = item->next)
		found |= exam_mapping(exam, item);
	return found;
}
