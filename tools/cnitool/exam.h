/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The examinations of `cnitool doctor`. What follows from a finding is no finding of its own: an
 * interface that is down has no routes, so routes are looked at only when it is up.
 */
#pragma once

#include "finding.h"
#include "life.h"
#include "picture.h"
#include "tool.h"
#include "types/result.h"
#include "work.h"

/* One network under examination. */
struct patient {
	struct tool *tool;
	const struct picture *picture;
	const struct network_list *list;
	struct findings *findings;
	const struct work *work; /* containers that a plugin is at work on: not to be judged */
	bool may_fix;
	struct netlink nft; /* NETLINK_NETFILTER */
	bool has_nftables;  /* it answers */
	bool has_plugins;   /* all programs are installed */
	bool is_host_sick;  /* CHECK would only say again what has been found on the host */
};

/* One attachment of it. */
struct exam {
	struct patient *patient;
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
int exam_interface(const struct exam *exam);
int exam_bridge(const struct exam *exam);
int exam_addresses(const struct exam *exam);
int exam_routes(const struct exam *exam);
int exam_rules(const struct exam *exam);

/* These stand for themselves. */
int exam_loopback(const struct exam *exam);
int exam_mtu(const struct exam *exam);

/* Once for the network. */
void exam_configuration(struct patient *patient);
void exam_plugins(struct patient *patient);
void exam_kernel(struct patient *patient);
void exam_forwarding(struct patient *patient, bool has_ipv4, bool has_ipv6);
void exam_subnets(struct patient *patient);
void exam_leases(struct patient *patient);
void exam_orphans(struct patient *patient);
void exam_reference(struct patient *patient);

/* What has been found twice, and is to be repaired. */
bool patient_may_fix(const struct patient *patient, const struct finding *finding);

/* Is there an attachment behind the mark: in the cache, in the kernel, or in the making? */
bool patient_knows_owner(const struct patient *patient, const char *owner_text);

/*
 * A container that neither mark nor cache gives a name to could be on the network: whose is not
 * known, nor that it is nobody's. So it is, too, where not all namespaces can be seen.
 */
bool patient_has_nameless(const struct patient *patient);

/*
 * The owner has a marked link or a cached result at this moment: what must not be so when something
 * of his is deleted.
 */
bool patient_owner_is_back(const struct patient *patient, const char *owner_text);

/* The first half of that alone; true also when nobody can tell. */
bool patient_owner_has_link(const char *owner_text);

/* Nobody can be behind these marks of the owner, also when it is looked for once more. */
bool patient_owner_is_dead(const struct patient *patient, const struct marks *marks,
			   const char *owner_text);

/* Removes all that the owner has in our tables. */
int patient_delete_rules(struct patient *patient, const char *owner_text,
			 struct cni_error *err) must_check;

/* True when a plugin of the list has the key set to true. */
bool list_wants(const struct network_list *list, const char *key);
bool has_checks(const struct network_list *list); /* its version has CHECK */
const struct list_plugin *list_find_type(const struct network_list *list, const char *type);

/* The bridge that this plugin of a list joins containers to. */
const char *bridge_name(const struct list_plugin *plugin);

/* " nodad" for `ip addr add` of IPv6: usable at once, as it was. */
const char *nodad(int family);

/* What plugins are told of it. */
struct container container_of_cached(const struct cached *cached);

/* "ip -n red" or "nsenter --net=PATH ip"; the caller frees it. */
char *ip_command(const struct space *space) must_check;
