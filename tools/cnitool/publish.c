/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a published port is written. */
#include "publish.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "runtime/canon.h"
#include "types/addr.h"

static bool read_port(const char *text, cJSON *into, const char *key)
{
	char *end;
	long port = strtol(text, &end, 10);
	cJSON *number;

	if (*end || end == text || port < 1 || port > 65535)
		return false;
	number = cJSON_CreateNumber((double)port);
	if (!number)
		out_of_memory();
	number->valuestring = xstrdup(text);
	canon_set(into, key, number);
	return true;
}

static bool read_protocol(const char *text, cJSON *into)
{
	static const char *const known[] = { "tcp", "udp", "sctp" };

	for (size_t i = 0; i < array_size(known); i++) {
		if (!text_equal(text, known[i]))
			continue;
		canon_set(into, "protocol", cJSON_CreateString(text));
		return true;
	}
	return false;
}

static bool read_address(char *text, cJSON *into)
{
	size_t size = strlen(text);
	struct addr addr;

	if (size > 1 && text[0] == '[' && text[size - 1] == ']') {
		text[size - 1] = '\0';
		text++;
	}
	if (addr_parse(text, &addr) < 0)
		return false;
	canon_set(into, "hostIP", cJSON_CreateString(text));
	return true;
}

/* Takes `text` apart from its end. */
static bool read_mapping(char *text, cJSON *into)
{
	char *protocol = strrchr(text, '/');
	char *port, *host_port;

	if (protocol)
		*protocol++ = '\0';
	port = strrchr(text, ':');
	if (!port)
		return false;
	*port++ = '\0';
	host_port = strrchr(text, ':');
	if (host_port)
		*host_port++ = '\0';
	return read_protocol(protocol ? protocol : "tcp", into) &&
	       read_port(port, into, "containerPort") &&
	       read_port(host_port ? host_port : text, into, "hostPort") &&
	       (!host_port || read_address(text, into));
}

int publish_parse(const char *text, cJSON **ret, struct cni_error *err)
{
	cleanup_json cJSON *list = cJSON_CreateArray();
	cleanup_free char *copy = xstrdup(text);
	char *rest = copy;
	char *item;

	while ((item = strsep(&rest, ","))) {
		cleanup_free char *whole = xstrdup(item);
		cJSON *mapping = cJSON_CreateObject();

		if (!list || !mapping || !cJSON_AddItemToArray(list, mapping))
			out_of_memory();
		if (!read_mapping(item, mapping))
			return cni_fail(
				err, CNI_ERR_ENVIRONMENT, 0,
				"--publish %s: expected [ADDRESS:]HOSTPORT:PORT[/tcp|udp|sctp]",
				whole);
	}
	*ret = steal(&list);
	return 0;
}
