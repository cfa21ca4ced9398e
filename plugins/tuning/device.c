/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how a link's settings are read, set and compared. */
#include "device.h"

#include <errno.h>

#include "plugin/check.h"

bool settings_are_none(const struct settings *settings)
{
	return !settings->has_mac && settings->promisc < 0 && settings->allmulti < 0 &&
	       settings->mtu < 0 && settings->queue < 0;
}

struct settings settings_of_link(const struct link *link, const struct settings *wanted)
{
	struct settings settings = SETTINGS_NONE;

	if (wanted->has_mac && link->has_mac) {
		settings.has_mac = true;
		memcpy(settings.mac, link->mac, sizeof(settings.mac));
	}
	if (wanted->promisc >= 0)
		settings.promisc = !!(link->flags & IFF_PROMISC);
	if (wanted->allmulti >= 0)
		settings.allmulti = !!(link->flags & IFF_ALLMULTI);
	if (wanted->mtu >= 0)
		settings.mtu = link->mtu;
	if (wanted->queue >= 0)
		settings.queue = link->queue;
	return settings;
}

struct settings settings_join(const struct settings *first, const struct settings *second)
{
	struct settings joined = *first;

	if (!joined.has_mac) {
		joined.has_mac = second->has_mac;
		memcpy(joined.mac, second->mac, sizeof(joined.mac));
	}
	if (joined.promisc < 0)
		joined.promisc = second->promisc;
	if (joined.allmulti < 0)
		joined.allmulti = second->allmulti;
	if (joined.mtu < 0)
		joined.mtu = second->mtu;
	if (joined.queue < 0)
		joined.queue = second->queue;
	return joined;
}

static struct link_change flag_change(uint32_t flag, int is_on)
{
	return (struct link_change){ .on = is_on > 0 ? flag : 0, .off = is_on > 0 ? 0 : flag };
}

int settings_apply(struct netlink *nl, const struct link *link, const struct settings *settings,
		   struct cni_error *err)
{
	const struct {
		const char *what;
		bool is_given;
		struct link_change change;
	} table[] = {
		{ "mac", settings->has_mac, { .mac = settings->mac } },
		{ "promisc", settings->promisc >= 0, flag_change(IFF_PROMISC, settings->promisc) },
		{ "mtu", settings->mtu >= 0, { .mtu = settings->mtu } },
		{ "allmulti", settings->allmulti >= 0,
		  flag_change(IFF_ALLMULTI, settings->allmulti) },
		{ "txQLen", settings->queue >= 0, { .queue = &settings->queue } },
	};
	int first = 0;

	for (size_t i = 0; i < array_size(table); i++) {
		int r = table[i].is_given ? link_apply(nl, link->index, &table[i].change) : 0;

		if (r == 0 || first < 0)
			continue;
		first = cni_fail(err, CNI_ERR_LINK, -r, "failed to set %s of %s in the container",
				 table[i].what, link->name);
		netlink_explain(nl, err);
	}
	return first;
}

static int check_number(const struct link *link, const char *what, int has, int wanted,
			struct cni_error *err)
{
	if (wanted < 0 || has == wanted)
		return 0;
	return check_fail(err, "interface %s in the container has %s %d instead of %d", link->name,
			  what, has, wanted);
}

/* A program that listens makes a link promiscuous as well, which is no harm where it is not wanted.
 */
int settings_check(const struct link *link, const struct settings *wanted, struct cni_error *err)
{
	char has[MAC_TEXT], should[MAC_TEXT];

	if (wanted->has_mac && memcmp(link->mac, wanted->mac, sizeof(link->mac)) != 0)
		return check_fail(err, "interface %s in the container has MAC %s instead of %s",
				  link->name, mac_print(link->mac, has),
				  mac_print(wanted->mac, should));
	return check_number(link, "promisc", link->promiscuity > 0, wanted->promisc, err)
		       ?: check_number(link, "mtu", link->mtu, wanted->mtu, err)
		       ?: check_number(link, "allmulti", !!(link->flags & IFF_ALLMULTI),
				       wanted->allmulti, err)
		       ?: check_number(link, "txQLen", link->queue, wanted->queue, err);
}
