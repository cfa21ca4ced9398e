/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the members of a lease's JSON. */
#include "lease_json.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/text.h"
#include "types/version.h"

enum {
	OPTIONS_MOST = DHCP_MESSAGE_MOST - 300, /* room for the header and what each message has */
	CLIENT_ID_MOST = 255,
	ASKED_SIZE = 8, /* the address, and the server or 0.0.0.0 */
};

const char *lease_json_text(const cJSON *json, const char *key)
{
	const cJSON *value = json_get_exact(json, key);

	return cJSON_IsString(value) ? value->valuestring : NULL;
}

bool lease_json_integer(const cJSON *json, const char *key, long *ret)
{
	const cJSON *value = json_get_exact(json, key);

	return cJSON_IsNumber(value) && json_is_integer(value, ret);
}

int lease_json_bytes(const cJSON *json, const char *key, uint8_t **ret, size_t *ret_size)
{
	const char *digits = lease_json_text(json, key);

	return digits && hex_parse(digits, ret, ret_size) == 0 ? 0 : -EBADMSG;
}

void lease_json_put_bytes(struct json_writer *w, const char *key, const void *bytes, size_t size)
{
	cleanup_text struct text digits = { 0 };

	hex_add(&digits, bytes, size);
	json_string(w, key, digits.s ? digits.s : "");
}

void wish_write(struct json_writer *w, const struct wish *wish)
{
	json_string(w, "owner", wish->owner);
	json_string(w, "netns", wish->netns);
	json_string(w, "ifname", wish->ifname);
	lease_json_put_bytes(w, "clientId", wish->client_id, wish->client_id_size);
	lease_json_put_bytes(w, "options", wish->options, wish->options_size);
	json_bool(w, "broadcast", wish->broadcast);
	json_bool(w, "conflictCheck", wish->checks);
	json_integer(w, "priority", wish->priority);
	json_integer(w, "timeout", wish->timeout);
	if (wish->token)
		json_string(w, "token", wish->token);
}

/* Codes, sizes and values, one behind the other to the end. */
static bool are_options(const uint8_t *options, size_t size)
{
	size_t at = 0;

	while (at + 2 <= size && at + 2 + options[at + 1] <= size)
		at += 2 + (size_t)options[at + 1];
	return at == size && size <= OPTIONS_MOST;
}

static int read_wishes(const cJSON *json, struct holding *h)
{
	struct dhcp_wishes *wishes = &h->client.wishes;
	long priority;

	if (lease_json_bytes(json, "clientId", &wishes->client_id, &wishes->client_id_size) < 0 ||
	    lease_json_bytes(json, "options", &wishes->options, &wishes->options_size) < 0 ||
	    wishes->client_id_size > CLIENT_ID_MOST ||
	    !are_options(wishes->options, wishes->options_size) ||
	    !lease_json_integer(json, "priority", &priority) || priority < 0 ||
	    priority > INT32_MAX)
		return -EBADMSG;
	wishes->broadcast = cJSON_IsTrue(json_get_exact(json, "broadcast"));
	wishes->checks = cJSON_IsTrue(json_get_exact(json, "conflictCheck"));
	h->priority = (int)priority;
	return 0;
}

static void drop_holding(struct holding **holding)
{
	if (*holding)
		holding_free(*holding);
}

int wish_read(const cJSON *json, struct holding **ret)
{
	const char *owner = lease_json_text(json, "owner"),
		   *ifname = lease_json_text(json, "ifname");
	const char *netns = lease_json_text(json, "netns"), *token;
	cleanup_with(drop_holding) struct holding *h = NULL;

	if (text_is_empty(owner) || text_is_empty(ifname) || !netns || *netns != '/')
		return -EBADMSG;
	h = holding_make(owner, ifname);
	h->spot.path = xstrdup(netns);
	token = lease_json_text(json, "token");
	h->token = token ? xstrdup(token) : NULL; /* older plugins say none */
	if (read_wishes(json, h) < 0)
		return -EBADMSG;
	*ret = steal(&h);
	return 0;
}

/* Numbers of 64 bits as text, since those of JSON have 53. */
static void put_long(struct json_writer *w, const char *key, uint64_t value)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	json_string(w, key, text);
}

static bool get_long(const cJSON *json, const char *key, uint64_t *ret)
{
	const char *text = lease_json_text(json, key);
	char *end;

	if (text_is_empty(text))
		return false;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	return !*end && errno == 0;
}

static void put_grant(struct json_writer *w, const struct dhcp_client *c)
{
	uint8_t asked[ASKED_SIZE] = { 0 };

	if (c->ack) {
		put_long(w, "since", (uint64_t)c->since);
		lease_json_put_bytes(w, "ack", c->ack, c->ack_size);
		return;
	}
	memcpy(asked, c->terms.address, 4);
	if (c->terms.has_server)
		memcpy(asked + 4, c->terms.server, 4);
	lease_json_put_bytes(w, "asked", asked, sizeof(asked));
}

static int get_asked(const cJSON *json, struct dhcp_client *c)
{
	static const uint8_t nobody[4];
	cleanup_free uint8_t *asked = NULL;
	size_t size;

	if (lease_json_bytes(json, "asked", &asked, &size) < 0 || size != ASKED_SIZE)
		return -EBADMSG;
	memcpy(c->terms.address, asked, 4);
	memcpy(c->terms.server, asked + 4, 4);
	c->terms.has_server = memcmp(c->terms.server, nobody, 4) != 0;
	c->state = DHCP_REQUESTING;
	return 0;
}

static int get_grant(const cJSON *json, struct dhcp_client *c)
{
	uint64_t since;

	if (json_get_exact(json, "asked"))
		return get_asked(json, c);
	if (!get_long(json, "since", &since) || since > INT64_MAX)
		return -EBADMSG;
	c->since = (int64_t)since;
	return lease_json_bytes(json, "ack", &c->ack, &c->ack_size);
}

/* What is not on the interface as it should be. */
static void put_owed(struct json_writer *w, const struct holding *h)
{
	cleanup_text struct text text = { 0 };
	cleanup_json cJSON *left = NULL;
	cleanup_free char *why = NULL;

	json_bool(w, "owed", h->owed_at < INT64_MAX);
	if (!h->left.ip_count || result_print(&h->left, VERSION_NEWEST, &text, NULL) < 0 ||
	    json_parse(text.s, text.len, &left, &why) < 0)
		return;
	json_value(w, "left", left);
}

/* Files of older daemons say nothing of it. */
static int get_owed(const cJSON *json, struct holding *h)
{
	const cJSON *left = json_get_exact(json, "left");

	if (cJSON_IsTrue(json_get_exact(json, "owed")))
		h->owed_at = 0;
	if (!left)
		return 0;
	if (result_parse(left, VERSION_NEWEST, &h->left, NULL) < 0 || h->left.ip_count != 1)
		return -EBADMSG;
	h->is_settled = false;
	return 0;
}

void lease_json_write(const struct holding *h, const char *boot, struct text *out)
{
	const struct dhcp_wishes *wishes = &h->client.wishes;
	const struct wish wish = {
		.owner = h->owner,
		.netns = h->spot.path,
		.ifname = h->ifname,
		.client_id = wishes->client_id,
		.client_id_size = wishes->client_id_size,
		.options = wishes->options,
		.options_size = wishes->options_size,
		.broadcast = wishes->broadcast,
		.checks = wishes->checks,
		.priority = h->priority,
		.token = h->token,
	};
	struct json_writer w = { .out = out };

	json_open(&w, NULL, '{');
	json_string(&w, "boot", boot);
	wish_write(&w, &wish);
	put_long(&w, "device", h->spot.id.device);
	put_long(&w, "inode", h->spot.id.inode);
	put_long(&w, "cookie", h->spot.cookie);
	json_integer(&w, "index", h->spot.index);
	lease_json_put_bytes(&w, "mac", h->spot.mac, MAC_SIZE);
	if (h->has_server_mac)
		lease_json_put_bytes(&w, "serverMac", h->server_mac, MAC_SIZE);
	json_bool(&w, "settled", h->is_settled);
	put_owed(&w, h);
	json_integer(&w, "linkMtu", h->link_mtu);
	put_grant(&w, &h->client);
	json_close(&w, '}');
}

static bool get_mac(const cJSON *json, const char *key, uint8_t ret[MAC_SIZE])
{
	cleanup_free uint8_t *bytes = NULL;
	size_t size;

	if (lease_json_bytes(json, key, &bytes, &size) < 0 || size != MAC_SIZE)
		return false;
	memcpy(ret, bytes, MAC_SIZE);
	return true;
}

static int read_spot(const cJSON *json, struct spot *spot)
{
	uint64_t device, inode;
	long index;

	if (!get_long(json, "device", &device) || !get_long(json, "inode", &inode) ||
	    !get_long(json, "cookie", &spot->cookie) ||
	    !lease_json_integer(json, "index", &index) || index <= 0 || index > INT32_MAX ||
	    !get_mac(json, "mac", spot->mac))
		return -EBADMSG;
	spot->id = (struct netns_id){ .device = device, .inode = inode };
	spot->index = (int)index;
	return 0;
}

int lease_json_read(const cJSON *json, const char *boot, struct holding **ret)
{
	cleanup_with(drop_holding) struct holding *h = NULL;
	const char *of = lease_json_text(json, "boot");
	long link_mtu;

	if (!of || !text_equal(of, boot) || wish_read(json, &h) < 0 ||
	    read_spot(json, &h->spot) < 0 || get_grant(json, &h->client) < 0)
		return -EBADMSG;
	if (lease_json_integer(json, "linkMtu", &link_mtu) && link_mtu > 0 && link_mtu <= INT32_MAX)
		h->link_mtu = (int)link_mtu; /* daemons of before wrote none */
	memcpy(h->client.wishes.mac, h->spot.mac, MAC_SIZE);
	h->has_server_mac = get_mac(json, "serverMac", h->server_mac);
	h->is_settled = cJSON_IsTrue(json_get_exact(json, "settled"));
	if (get_owed(json, h) < 0)
		return -EBADMSG;
	*ret = steal(&h);
	return 0;
}
