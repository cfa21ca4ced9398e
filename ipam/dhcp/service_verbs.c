/* SPDX-License-Identifier: GPL-2.0-or-later */
/* add, del, check, list and status. */
#include "service_verbs.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

#include "base/alloc.h"
#include "exchange.h"
#include "sweep.h"
#include "tenure.h"
#include "types/owner.h"

enum { SECOND = 1000, PAUSE = 4 * SECOND };

/* Where the kernel has nothing random to give, clients differ at least from each other. */
void service_seed(uint8_t ret[DHCP_SEED_SIZE])
{
	struct timespec now;
	ssize_t size;

	do {
		size = getrandom(ret, DHCP_SEED_SIZE, 0);
	} while (size < 0 && errno == EINTR);
	if (size == DHCP_SEED_SIZE)
		return;
	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
	memset(ret, 0, DHCP_SEED_SIZE);
	memcpy(ret, &now, sizeof(now) < DHCP_SEED_SIZE ? sizeof(now) : DHCP_SEED_SIZE);
}

static void answer_well(struct daemon *d, struct caller *caller)
{
	cleanup_text struct text line = { 0 };

	text_add(&line, "{}");
	caller_answer(d, caller, &line);
}

void service_prepare_client(const struct daemon *d, struct dhcp_wishes *wishes)
{
	wishes->pause = d->flags.timeout < PAUSE ? d->flags.timeout : PAUSE;
	wishes->longest_pause = d->flags.resend_max;
	wishes->broadcast |= d->flags.broadcast;
}

/* ---- add */

static bool is_same_spot(const struct spot *a, const struct spot *b)
{
	return a->id.device == b->id.device && a->id.inode == b->id.inode &&
	       a->cookie == b->cookie && a->index == b->index &&
	       memcmp(a->mac, b->mac, MAC_SIZE) == 0;
}

static void wait_for(struct daemon *d, struct holding *h, struct caller *caller, long seconds)
{
	h->asker = caller;
	h->give_up = events_now() + (seconds ? seconds * SECOND : d->flags.resend_timeout);
	caller->waits_for = h;
}

/* Who has a lease already is told it; one that was lost is asked for now. */
static void join(struct daemon *d, struct holding *held, struct caller *caller, long seconds)
{
	if (held->client.has_address) {
		caller_answer_lease(d, caller, held);
		return;
	}
	wait_for(d, held, caller, seconds);
	held->client.deadline = events_now();
	exchange_step(d, held, NULL);
}

static void drop_holding(struct holding **h)
{
	if (*h)
		holding_free(*h);
}

static int find_spot(struct daemon *d, struct holding *h, struct spot_visit *visit,
		     struct cni_error *err)
{
	cleanup_free char *path = xasprintf("%s%s", d->flags.host_prefix, h->spot.path);

	free(h->spot.path);
	h->spot.path = NULL;
	return spot_find(path, h->ifname, &h->spot, visit, err);
}

/* RFC 2132, section 9.14: the kind of hardware, and its address. */
static void identify_by_mac(struct dhcp_wishes *wishes)
{
	free(wishes->client_id);
	wishes->client_id_size = 1 + MAC_SIZE;
	wishes->client_id = xmalloc(wishes->client_id_size);
	wishes->client_id[0] = 1;
	memcpy(wishes->client_id + 1, wishes->mac, MAC_SIZE);
}

/* Slaves of ipvlan have the MAC of their master, so that an answer to the MAC reaches another. */
static void begin_add(struct daemon *d, struct holding *h, bool is_ipvlan, struct spot_visit *visit)
{
	struct dhcp_wishes *wishes = &h->client.wishes;
	uint8_t seed[DHCP_SEED_SIZE];

	memcpy(wishes->mac, h->spot.mac, MAC_SIZE);
	if (!wishes->client_id_size)
		identify_by_mac(wishes);
	wishes->broadcast |= is_ipvlan;
	service_prepare_client(d, wishes);
	service_seed(seed);
	dhcp_client_start(&h->client, events_now(), seed);
	sweep_watch(d, h->spot.path);
	exchange_begin(d, h, visit);
}

static int add(struct daemon *d, struct caller *caller, const cJSON *json, struct cni_error *err)
{
	cleanup_with(drop_holding) struct holding *h = NULL;
	cleanup_spot_visit struct spot_visit visit = SPOT_NOT_VISITED;
	cleanup_close int sent_through = -1;
	struct holding *held;
	bool is_ipvlan;
	long seconds = 0;
	int r;

	if (wish_read(json, &h) < 0 || !lease_json_integer(json, "timeout", &seconds) ||
	    seconds < 0)
		return cni_fail(err, CNI_ERR_DECODE, 0,
				"the plugin and the daemon are of different versions");
	held = holdings_find(&d->holdings, h->owner);
	if (held && held->asker)
		return cni_fail(err, CNI_ERR_TRY_LATER, 0, "another ADD of %s is at work",
				h->owner);
	r = find_spot(d, h, &visit, err);
	if (r < 0)
		return r;
	is_ipvlan = text_equal(visit.link.kind, "ipvlan");
	if (is_ipvlan && h->client.wishes.checks)
		return cni_fail(
			err, CNI_ERR_CONFIG, 0,
			"conflictCheck cannot work on ipvlan, whose interfaces have one MAC");
	h->link_mtu = visit.link.mtu;
	if (held && is_same_spot(&held->spot, &h->spot)) {
		free(held->token);
		held->token = steal(&h->token);
		r = tenure_join(d, held, &visit, err);
		if (r < 0)
			return r;
		spot_leave(&visit);
		join(d, held, caller, seconds);
		return 0;
	}
	if (held) {
		spot_leave(&visit);
		sent_through = exchange_release(held);
		daemon_forget(d, held);
	}
	wait_for(d, h, caller, seconds);
	begin_add(d, steal(&h), is_ipvlan, visit.netns < 0 ? NULL : &visit);
	return 0;
}

/* ---- the others */

static int del(struct daemon *d, struct caller *caller, const cJSON *json, struct cni_error *err)
{
	const char *owner = lease_json_text(json, "owner");
	struct holding *h = owner ? holdings_find(&d->holdings, owner) : NULL;
	cleanup_error struct cni_error ended = { 0 };
	cleanup_close int sent_through = -1;

	(void)err;
	if (h && !holding_is_of(h, lease_json_text(json, "token"))) {
		answer_well(d, caller); /* a later ADD has it */
		return 0;
	}
	if (h && h->asker) {
		struct caller *asker = h->asker;

		h->asker = NULL;
		(void)cni_fail(&ended, CNI_ERR_TRY_LATER, 0, "a DEL of %s ended this ADD", owner);
		caller_fail(d, asker, &ended);
	}
	if (h) {
		sent_through = exchange_release(h);
		daemon_forget(d, h);
	} else if (owner) {
		lease_folder_remove(&d->folder, owner); /* what could not be taken up */
	}
	answer_well(d, caller);
	return 0;
}

static int check(struct daemon *d, struct caller *caller, const cJSON *json, struct cni_error *err)
{
	const char *owner = lease_json_text(json, "owner");
	const struct holding *h = owner ? holdings_find(&d->holdings, owner) : NULL;

	if (!h)
		return cni_fail(err, CNI_ERR_CHECK, 0, "dhcp: the daemon knows no lease of %s",
				owner ? owner : "nobody");
	if (!h->client.has_address)
		return cni_fail(err, CNI_ERR_CHECK, 0, "dhcp: %s has no lease at present (%s)",
				owner, dhcp_state_name(h->client.state));
	caller_answer_lease(d, caller, h);
	return 0;
}

/* The owners of a network, for GC. */
static int list(struct daemon *d, struct caller *caller, const cJSON *json, struct cni_error *err)
{
	const char *network = lease_json_text(json, "network");
	cleanup_text struct text line = { 0 };
	struct json_writer w = { .out = &line, .compact = true };

	(void)err;
	json_open(&w, NULL, '{');
	json_open(&w, "owners", '[');
	for (size_t i = 0; network && i < d->holdings.count; i++)
		if (owner_text_is_of_network(d->holdings.heap[i]->owner, network))
			json_string(&w, NULL, d->holdings.heap[i]->owner);
	json_close(&w, ']');
	json_close(&w, '}');
	caller_answer(d, caller, &line);
	return 0;
}

static int status(struct daemon *d, struct caller *caller, const cJSON *json, struct cni_error *err)
{
	(void)json;
	(void)err;
	answer_well(d, caller);
	return 0;
}

static const struct served {
	const char *verb;
	int (*serve)(struct daemon *d, struct caller *caller, const cJSON *json,
		     struct cni_error *err);
} table[] = {
	{ "add", add }, { "del", del }, { "check", check }, { "list", list }, { "status", status },
};

static int serve(struct daemon *d, struct caller *caller, const cJSON *json, struct cni_error *err)
{
	const char *verb = lease_json_text(json, "verb");

	for (size_t i = 0; verb && i < array_size(table); i++)
		if (text_equal(table[i].verb, verb))
			return table[i].serve(d, caller, json, err);
	return cni_fail(err, CNI_ERR_DECODE, 0,
			"the plugin and the daemon are of different versions");
}

void service_serve(struct daemon *d, struct caller *caller, size_t size)
{
	cleanup_json cJSON *json = NULL;
	cleanup_error struct cni_error err = { 0 };
	cleanup_free char *why = NULL;
	int r;

	if (json_parse(caller->in.s, size, &json, &why) < 0)
		r = cni_fail(&err, CNI_ERR_DECODE, 0, "the daemon cannot read that: %s", why);
	else
		r = serve(d, caller, json, &err);
	if (r < 0)
		caller_fail(d, caller, &err);
}
