/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows what can be believed of a device when the host remembers nothing. */
#include "adopt.h"

#include <errno.h>
#include <linux/net_namespace.h>
#include <string.h>

#include "base/alloc.h"
#include "homeward.h"
#include "host_device_conf.h"
#include "net/nsid.h"
#include "types/name.h"

/* Where nobody can tell how the host called it, a name that is nobody's. */
static void choose_name(const struct cni_call *call, char ret[IFNAMSIZ])
{
	cleanup_error struct cni_error ignored = { 0 };
	const struct attachment attachment = call_attachment(call);
	const struct owner owner = owner_of(&attachment);
	static const char beginning[] = { 'h', 'd', 'e', 'v' };
	struct host_device_conf conf = { 0 };

	owner_link_name(&owner, 0, ret);
	memcpy(ret, beginning, sizeof(beginning));
	if (host_device_conf_read((struct cni_call *)call, &conf, &ignored) == 0 && *conf.device &&
	    strlen(conf.device) < IFNAMSIZ && name_check_ifname(conf.device, &ignored) == 0)
		memcpy(ret, conf.device, strlen(conf.device) + 1);
}

/* Its other end, or what it stands on, is on the host: no container can make such a link. */
static bool leads_to_host(struct attach *at, const struct link *link)
{
	cleanup_close int home = netns_open_own();
	int name = NETNSA_NSID_NOT_ASSIGNED;

	return link->peer_is_elsewhere && home >= 0 &&
	       netlink_get(&at->container, nsid_request(home), nsid_take, &name) == 0 &&
	       name >= 0 && name == link->peer_netns;
}

/*
 * What the reference moved has an alias, which says nothing but that. A link that leads back into
 * the container, or to another, would be a cable from there to the host.
 */
static bool is_of_reference(struct attach *at, const struct link *link)
{
	return *link->alias && (*link->parent || !link->peer || leads_to_host(at, link));
}

int adopt_guest(struct cni_call *call, struct attach *at, struct cni_error *err)
{
	cleanup_state struct state state = { 0 };
	char name[IFNAMSIZ];
	const struct attachment attachment = call_attachment(call);
	const struct owner owner = owner_of(&attachment);
	struct link link;
	int r;

	if (at->netns < 0)
		return 0;
	r = attach_open_container(at, err);
	if (r < 0)
		return r;
	r = link_get(&at->container, call->ifname, &link);
	if (r == -ENODEV || (r == 0 && !is_of_reference(at, &link)))
		return 0;
	if (r < 0 || netns_identify(at->netns, &state.netns) < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to look up %s in the container",
				call->ifname);
	state.netns_path = xstrdup(call->netns);
	choose_name(call, name);
	guest_adopt(&link, name, &state);
	state.was.peer_is_elsewhere = false; /* it leads to the host */
	memcpy(state.owner, owner.text, sizeof(state.owner));
	/* From here on it is known again, also when this DEL is killed. */
	r = state_write(&state, err) ?: homeward_fetch(&at->host, &state, call->netns, err);
	return r < 0 ? r : state_remove(state.owner, err);
}
