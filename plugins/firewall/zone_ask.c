/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows firewalld's interface. */
#include "zone_ask.h"

#include <errno.h>

const char *zone_source(const struct addr *address, char ret[PREFIX_TEXT])
{
	const struct prefix prefix = prefix_host(address);

	return prefix_print(&prefix, ret);
}

static int ask(struct zone *zone, const char *method, const char *source, enum bus_type type,
	       struct bus_answer *ret)
{
	const struct bus_question question = {
		.destination = FIREWALLD,
		.path = "/org/fedoraproject/FirewallD1",
		.interface = FIREWALLD ".zone",
		.method = method,
		.arguments = { zone->name, source },
		.answer = type,
	};

	return bus_ask(&zone->bus, &question, deadline_in(zone->patience_ms), ret);
}

int zone_ask_add(struct zone *zone, const char *source)
{
	cleanup_bus_answer struct bus_answer answer = { 0 };
	int r = ask(zone, "addSource", source, BUS_TEXT, &answer);

	return r == -EREMOTEIO && bus_said(&zone->bus, "ZONE_ALREADY_SET") ? 0 : r;
}

int zone_ask_remove(struct zone *zone, const char *source)
{
	cleanup_bus_answer struct bus_answer answer = { 0 };
	int r = ask(zone, "removeSource", source, BUS_TEXT, &answer);

	return r == -EREMOTEIO && bus_said(&zone->bus, "UNKNOWN_SOURCE") ? 0 : r;
}

int zone_ask_query(struct zone *zone, const char *source, bool *ret)
{
	cleanup_bus_answer struct bus_answer answer = { 0 };
	int r = ask(zone, "querySource", source, BUS_BOOLEAN, &answer);

	*ret = answer.is_true;
	return r;
}

int zone_ask_list(struct zone *zone, struct bus_answer *ret)
{
	return ask(zone, "getSources", NULL, BUS_TEXTS, ret);
}
