/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of the table of keys for people: `--help` of a plugin. */
#include <stdio.h>

#include "types/key_table.h"

enum field { NAME, TYPE, DEFAULT, EXAMPLE, MEANING, FIELDS };

static const struct summary {
	const char *type, *summary;
} summaries[] = {
	{ "bandwidth", "limits what a container receives and sends" },
	{ "bridge", "connects containers by a Linux bridge, with addresses or without" },
	{ "dhcp", "gets addresses from a DHCP server, and keeps them with a daemon" },
	{ "dummy", "gives a container an interface with addresses that leads nowhere" },
	{ "firewall",
	  "lets containers through the host's filters, and keeps others away from them" },
	{ "host-device", "lends a device of the host to a container, and brings it home" },
	{ "host-local",
	  "gives out addresses from ranges, and remembers them in files on this host" },
	{ "ipvlan",
	  "puts a container on the network of one of the host's interfaces, with that one's MAC" },
	{ "loopback", "brings lo up in the container" },
	{ "macvlan",
	  "puts a container on the network of one of the host's interfaces, with a MAC of its own" },
	{ "ovs", "connects containers by a bridge of Open vSwitch, in a VLAN or as a trunk" },
	{ "portmap", "publishes ports of containers on the host's addresses" },
	{ "ptp",
	  "connects each container to the host by a routed link of its own, without a bridge" },
	{ "sbr", "sends what comes from an interface's address out by that interface" },
	{ "static", "gives out the addresses that the configuration or the runtime names" },
	{ "tap", "gives a container an interface that a virtual machine in it opens" },
	{ "tuning", "sets sysctls, MAC, MTU and flags in a container" },
	{ "vlan", "gives a container one VLAN of one of the host's interfaces" },
	{ "vrf", "puts a container's interface into a VRF" },
};

/* The fields of a row, each with its size. */
struct row {
	const char *start[FIELDS];
	int size[FIELDS];
};

/* The row at *rows, which moves on to the next; false at the end. */
static bool next_row(const char **rows, struct row *ret)
{
	if (!**rows)
		return false;
	for (int i = 0; i < FIELDS; i++) {
		ret->start[i] = *rows;
		ret->size[i] = (int)strcspn(*rows, i == MEANING ? "\n" : "|");
		*rows += ret->size[i] + 1;
	}
	return true;
}

static void print_row(const struct row *row, struct text *out)
{
	cleanup_text struct text example = { 0 };
	const char *otherwise = row->start[DEFAULT];
	bool is_required = text_starts_with(otherwise, "required|");

	text_addf(&example, "\"%.*s\": %.*s", row->size[NAME], row->start[NAME], row->size[EXAMPLE],
		  row->start[EXAMPLE]);
	text_addf(out, "  %-34s  %.*s (%.*s, %s%.*s)\n", example.s, row->size[MEANING],
		  row->start[MEANING], row->size[TYPE], row->start[TYPE],
		  is_required ? "" : "default: ", row->size[DEFAULT], otherwise);
}

static void print_place(const struct key_place *place, struct text *out)
{
	const char *rows = place->rows;
	struct row row;

	if (!*rows)
		text_add(out, "\nIt has no keys of its own.\n");
	else if (*place->where)
		text_addf(out, "\nKeys in %s:\n", place->where);
	else
		text_add(out, "\nKeys, each with an example:\n");
	while (next_row(&rows, &row))
		print_row(&row, out);
}

static const char *summary_of(const char *type)
{
	for (size_t i = 0; i < array_size(summaries); i++)
		if (text_equal(summaries[i].type, type))
			return summaries[i].summary;
	return "is a CNI plugin";
}

void key_table_print(const char *type, struct text *out)
{
	text_addf(out,
		  "%s %s.\n"
		  "A runtime starts it with CNI_COMMAND and other variables, and a configuration "
		  "on stdin; `cnitool add` does so by hand.\n",
		  type, summary_of(type));
	for (size_t i = 0; i < key_place_count; i++)
		if (text_equal(key_places[i].type, type))
			print_place(&key_places[i], out);
	text_addf(
		out,
		"\nEvery plugin knows cniVersion, name, type, ipam, dns, log, capabilities, args, "
		"runtimeConfig and prevResult, too.\n"
		"`man cni-%s` and docs/configuration.md tell more.\n",
		type);
}
