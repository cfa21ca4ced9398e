/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network that is examined, and what every examination may ask of it. */
#pragma once

#include "finding.h"
#include "host/fate.h"
#include "leases.h"
#include "life.h"
#include "picture.h"
#include "tool.h"
#include "work.h"

/* What the database of Open vSwitch has in the table Port. */
struct switch_ports {
	char *socket;	    /* of the database; NULL: the network is not of ovs */
	bool is_known;	    /* it answered */
	cJSON *answer;	    /* its rows, with name and external_ids */
	const char **names; /* sorted, of the answer */
	size_t count;
};

void switch_ports_release(struct switch_ports *ports);

/* One network under examination. */
struct network {
	struct tool *tool;
	const struct picture *picture;
	const struct network_list *list;
	struct findings *findings;
	const struct work *work; /* containers that a plugin is at work on: not to be judged */
	bool may_fix;
	struct netlink nft;	   /* NETLINK_NETFILTER */
	struct held_leases leases; /* of host-local */
	bool has_leases;	   /* all addresses of the network are from there */
	struct filters filters;	   /* of the host */
	struct switch_ports ports;
	struct asked_address *asked; /* on the wire */
	size_t asked_count;
	struct asked_server *servers; /* of names */
	size_t server_count;
	struct listeners *listeners; /* processes of the host; NULL: not read yet */
	unsigned unanswered_files;   /* of containers whose file systems do not answer */
	size_t filtered;	     /* how many attachments they were asked about */
	bool has_nftables;	     /* it answers */
	bool has_plugins;	     /* all programs are installed */
	struct roster later;	     /* marks of the host's links after nftables was read */
	bool has_later;
	int later_error;     /* -errno: they could not be read */
	bool is_host_faulty; /* CHECK would only say again what has been found on the host */
};

/* What has been found twice, and is to be repaired. */
bool network_may_fix(const struct network *network, const struct finding *finding);

/* Is there an attachment behind the mark: in the cache, in the kernel, or in the making? */
bool network_knows_owner(const struct network *network, const char *owner_text);

/*
 * A container could be on the network that neither mark nor cache gives a name to; also true where
 * not all namespaces can be seen.
 */
bool network_has_nameless(const struct network *network);

/*
 * The owner has a marked link or a cached result at this moment. Nothing of it may be deleted then.
 */
bool network_owner_is_back(const struct network *network, const char *owner_text);

/* The first half of that alone; true also when nobody can tell. */
bool network_owner_has_link(const char *owner_text);

/* No container can be behind these marks of the owner, also after one more look for all owners. */
bool network_owner_is_dead(struct network *network, const struct marks *marks,
			   const char *owner_text);

/* Removes all that the owner has in our tables. */
int network_delete_rules(struct network *network, const char *owner_text,
			 struct cni_error *err) must_check;

/* Reads them, unless the network's addresses come from elsewhere. */
void network_read_leases(struct network *network);

/* The link of the host's default route; NULL: there is none. */
const struct space_link *picture_uplink(const struct picture *picture, int family);

/* True when a plugin of the list has the key set to true. */
bool list_wants(const struct network_list *list, const char *key);
bool list_has_checks(const struct network_list *list); /* its version has CHECK */
const struct list_plugin *list_find_type(const struct network_list *list, const char *type);

/* The object "ipam" of a plugin that takes its addresses from host-local, or NULL. */
const cJSON *host_local_of(const struct list_plugin *plugin);

/* The bridge that this plugin of a list joins containers to. */
const char *bridge_name(const struct list_plugin *plugin);

/* Containers have a gateway on the bridge. */
bool list_wants_gateway(const struct network_list *list);

/* " nodad" for `ip addr add` of IPv6: usable at once, as it was. */
const char *nodad(int family);

/*
 * "sysctl -w net/ipv6/conf/eth0/disable_ipv6=0 && " before an IPv6 address can be put on the link,
 * or ""; the caller frees it.
 */
char *switch_on_command(const struct space *space, const struct link *link, int family) must_check;

/* What plugins are told of it. */
struct container container_of_cached(const struct cached *cached);

/* "ip -n red" or "nsenter --net=PATH ip"; the caller frees it. */
char *ip_command(const struct space *space) must_check;
