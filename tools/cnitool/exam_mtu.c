/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether what one end of a cable sends passes all that is behind it. */
#include "base/alloc.h"
#include "base/foreign.h"
#include "exam.h"

/* "mtu" of the plugin that made the interface; 0: it has none. */
static int configured_mtu(const struct network_list *list)
{
	long mtu = 0;

	for (size_t i = 0; i < list->plugin_count; i++)
		if (json_is_integer(json_get(list->plugins[i].json, "mtu"), &mtu) && mtu > 0 &&
		    mtu <= 65535)
			return (int)mtu;
	return 0;
}

/* The size that all of them can have: what is configured or the larger end, if it passes. */
static int wanted_mtu(const struct exam *exam, const struct space_link *uplink_or_null)
{
	int mtu = configured_mtu(exam->list);

	if (!mtu)
		mtu = exam->link->link.mtu;
	if (!configured_mtu(exam->list) && exam->port && exam->port->link.mtu > mtu)
		mtu = exam->port->link.mtu;
	if (uplink_or_null && uplink_or_null->link.mtu < mtu)
		mtu = uplink_or_null->link.mtu;
	return mtu;
}

/* Both ends, and the bridge: it takes the smallest of its ports, unless somebody has set it. */
static char *mtu_commands(const struct exam *exam, int mtu)
{
	cleanup_free char *ip = ip_command(exam->space);
	cleanup_free char *name = foreign_word(exam->link->link.name);
	cleanup_text struct text fix = { 0 };

	text_addf(&fix, "%s link set dev %s mtu %d", ip, name, mtu);
	if (exam->port && exam->port->link.mtu != mtu) {
		text_add(&fix, " && ip link set dev ");
		foreign_add_word(&fix, exam->port->link.name);
		text_addf(&fix, " mtu %d", mtu);
	}
	if (exam->bridge && exam->bridge->link.mtu < mtu) {
		text_add(&fix, " && ip link set dev ");
		foreign_add_word(&fix, exam->bridge->link.name);
		text_addf(&fix, " mtu %d", mtu);
	}
	return xstrdup(fix.s);
}

static int complain_mtu(const struct exam *exam, const struct space_link *other,
			const struct space_link *uplink_or_null)
{
	int mtu = wanted_mtu(exam, uplink_or_null);
	struct finding *finding = findings_add(exam->network->findings, MTU_MISMATCH,
					       mtu_commands(exam, mtu),
					       "%s in %s has MTU %d, %s has %d",
					       exam->link->link.name, exam->space->name,
					       exam->link->link.mtu, other->link.name,
					       other->link.mtu);

	if (configured_mtu(exam->list) != mtu && other == uplink_or_null)
		finding_advise(
			finding,
			xasprintf(
				"set \"mtu\": %d in the configuration, for the containers that come",
				mtu));
	return 1;
}

int exam_mtu(const struct exam *exam)
{
	const struct space_link *uplink = list_wants(exam->list, "ipMasq")
						  ? picture_uplink(exam->network->picture, AF_INET)
						  : NULL;
	int mtu = exam->link->link.mtu;

	if (exam->port && exam->port->link.mtu != mtu)
		return complain_mtu(exam, exam->port, uplink);
	if (exam->bridge && exam->bridge->link.mtu < mtu)
		return complain_mtu(exam, exam->bridge, uplink);
	if (uplink && uplink->link.mtu < mtu)
		return complain_mtu(exam, uplink, uplink);
	return 0;
}
