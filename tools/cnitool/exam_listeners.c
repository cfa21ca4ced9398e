/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes of the host that listen on a port which is published. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "exam.h"

enum { TCP_LISTENING = 0x0a, UDP_UNCONNECTED = 0x07 };

/* The kernel's table of sockets: "sl local_address rem_address st", addresses as hex. */
static bool listens(const char *table, long port, unsigned state)
{
	cleanup_text struct text content = { 0 };
	char *rest, *line;

	if (file_read_at(AT_FDCWD, table, &content) < 0 || !content.s)
		return false;
	rest = content.s;
	while ((line = strsep(&rest, "\n"))) {
		char *colon = strchr(line, ':'); /* behind the number of the line */
		char *local = colon ? strchr(colon + 1, ':') : NULL;
		char *remote = local ? strchr(local + 1, ':') : NULL;
		char *space = remote ? strchr(remote, ' ') : NULL;

		if (space && strtol(local + 1, NULL, 16) == port &&
		    strtoul(space + 1, NULL, 16) == state)
			return true;
	}
	return false;
}

static int exam_mapping(const struct exam *exam, const cJSON *mapping)
{
	const cJSON *protocol = json_get(mapping, "protocol");
	bool is_udp = cJSON_IsString(protocol) && text_equal(protocol->valuestring, "udp");
	unsigned state = is_udp ? UDP_UNCONNECTED : TCP_LISTENING;
	long port = 0;

	if (!json_is_integer(json_get(mapping, "hostPort"), &port) || port <= 0 ||
	    (cJSON_IsString(protocol) && text_equal(protocol->valuestring, "sctp")) ||
	    (!listens(is_udp ? "/proc/self/net/udp" : "/proc/self/net/tcp", port, state) &&
	     !listens(is_udp ? "/proc/self/net/udp6" : "/proc/self/net/tcp6", port, state)))
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
