/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be said of an attachment whose interface is not where the cache has it. */
#include "base/alloc.h"
#include "base/foreign.h"
#include "exam.h"
#include "target.h"

char *readd_command(const struct cached *cached)
{
	cleanup_free char *list_word = foreign_word(cached->network);
	cleanup_free char *path = foreign_word(cached_netns(cached));
	cleanup_free char *ifname = foreign_word(cached->ifname);

	if (!*cached_netns(cached) || !cached->result)
		return xstrdup("");
	return xasprintf("cnitool readd -i %s %s %s", ifname, list_word, path);
}

static bool starts_plugins(const struct finding *finding)
{
	return text_starts_with(finding->fix, "cnitool readd ") ||
	       finding->fault == ATTACHMENT_DEAD || finding->fault == LEASE_ORPHANED;
}

/* What is named besides, and has to be right before plugins can be started; NULL: nothing. */
static const char *what_comes_first(const struct network *network)
{
	if (!network->has_plugins)
		return "the plugins";
	return findings_have(network->findings, MASTER_MISSING) ? "the master" : NULL;
}

void exam_settle_fixes(struct network *network)
{
	const char *first = what_comes_first(network);

	for (size_t i = 0; i < network->findings->count; i++) {
		struct finding *finding = &network->findings->items[i];

		if (first && starts_plugins(finding)) {
			finding_advise(finding,
				       xasprintf("put %s right; then: %s", first, finding->fix));
			*finding->fix = '\0';
		} else if (!*finding->fix && !finding->advice) {
			finding_advise(finding, xstrdup(ATTACH_AGAIN));
		}
	}
}

static void complain_missing(struct network *network, const struct cached *cached)
{
	struct owner owner = cached_owner(cached);
	const struct space_link *port = picture_find_mark(network->picture, owner.text);
	const struct space_link *other = port ? picture_at(network->picture, port->peer) : NULL;

	if (!port) {
		findings_add(network->findings, INTERFACE_MISSING, readd_command(cached),
			     "%s has no interface %s", cached_netns(cached), cached->ifname);
		return;
	}
	findings_add(network->findings, INTERFACE_MISSING, readd_command(cached),
		     "%s has no interface %s: the other end of %s is called %s",
		     cached_netns(cached), cached->ifname, port->link.name,
		     other ? other->link.name : "something else, or is elsewhere");
}

/* Not when it has come back: the look before this one is some time ago. */
static void delete_dead(struct network *network, const struct cached *cached,
			struct finding *finding)
{
	struct container container = container_of_cached(cached);
	cleanup_error struct cni_error err = { 0 };
	struct owner owner = cached_owner(cached);

	if (!network_may_fix(network, finding) || !network->has_plugins ||
	    network_owner_has_link(owner.text))
		return;
	finding_try(finding, runtime_del(&network->tool->runtime, network->list, &container, &err),
		    &err);
}

void exam_absent(struct network *network, const struct cached *cached)
{
	const char *netns = cached_netns(cached);
	cleanup_free char *list_word = foreign_word(cached->network);
	int at = picture_find_space(network->picture, netns);
	struct finding *finding;

	if (at >= 0) {
		if (cached_has_interface(cached) && !network->picture->spaces[at].is_unread)
			complain_missing(network, cached);
		return;
	}
	if (attachment_life(network->picture, cached) != LIFE_DEAD)
		return;
	finding = findings_add(network->findings, ATTACHMENT_DEAD,
			       xasprintf("cnitool doctor %s --fix", list_word),
			       "%s of container %s: the namespace %s is gone", cached->ifname,
			       cached->container_id, netns);
	delete_dead(network, cached, finding);
}
