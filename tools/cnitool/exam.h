/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The examinations of `cnitool doctor`, which know nothing of each other. What follows from a
 * finding is no finding of its own: an interface that is down has no routes, so routes are looked
 * at only when it is up.
 */
#pragma once

#include "network.h"
#include "types/result.h"

/* One attachment of it. */
struct exam {
	struct network *network;
	const struct cached *cached;
	const struct result *result;	 /* of its ADD */
	const struct network_list *list; /* as it was at its ADD */
	struct owner owner;
	const struct space *space;	 /* the container's */
	const struct space_link *link;	 /* its interface */
	const struct space_link *port;	 /* the host's end; NULL: none */
	const struct space_link *bridge; /* that the port is on; NULL: none */
};

/* In this order, each only when the one before has found nothing. 1: something was found. */
int exam_name(const struct exam *exam);
int exam_interface(const struct exam *exam);
int exam_bridge(const struct exam *exam);
int exam_addresses(const struct exam *exam);
int exam_routes(const struct exam *exam);
int exam_gateway_of_routes(const struct exam *exam);
int exam_port(const struct exam *exam);
int exam_rules(const struct exam *exam);
int exam_way(const struct exam *exam);
int exam_doubles(const struct exam *exam);
int exam_neighbours(const struct exam *exam);
int exam_listeners(const struct exam *exam);
int exam_leased(const struct exam *exam);

/* These stand for themselves. */
int exam_loopback(const struct exam *exam);
int exam_mtu(const struct exam *exam);
int exam_filters(const struct exam *exam);
int exam_own_host(const struct exam *exam);

/* When nothing else was found: the plugins' CHECK. */
int exam_check(const struct exam *exam);

/* These note what is asked of all together, by exam_wire() and exam_dns(). */
void exam_wire_note(const struct exam *exam);
void exam_dns_note(const struct exam *exam);

/* An attachment without its interface. */
void exam_absent(struct network *network, const struct cached *cached);

/* `cnitool readd …` for it, or "" where the cache knows too little; the caller frees it. */
char *readd_command(const struct cached *cached) must_check;

/*
 * The last one: a fix that cannot work before something else is right becomes advice, and what has
 * neither gets some.
 */
void exam_settle_fixes(struct network *network);

/* Adds " && ip addr add …": what ptp gave the host's end, under the name that it will have. */
void exam_add_host_commands(const struct exam *exam, const char *name, struct text *out);

/* Once for the network. */
void exam_configuration(struct network *network);
void exam_plugins(struct network *network);
void exam_file(struct network *network, const char *path, const char *type);
void exam_kernel(struct network *network);
void exam_masters(struct network *network);
void exam_forwarding(struct network *network, bool has_ipv4, bool has_ipv6);
void exam_subnets(struct network *network);
void exam_wire(struct network *network);
void exam_dns(struct network *network);
void exam_leases(struct network *network);
void exam_uplink(struct network *network);
void exam_orphans(struct network *network);

/*
 * Provably: nobody has the address, nobody knows the attachment, no container of the network is
 * without a name, and no ADD can be under way any more.
 */
bool lease_is_orphaned(const struct network *network, const struct held_lease *lease);
void exam_limits(struct network *network);
void exam_reference(struct network *network);
void exam_accepts(struct network *network);
void exam_status(struct network *network);
