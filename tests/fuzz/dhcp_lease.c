/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of leases, and what callers ask of dhcp's daemon: refused, or a lease whose client always
 * has a next step, and whose file reads back as the same.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "ipam/dhcp/lease_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void drop_holding(struct holding **h)
{
	if (*h)
		holding_free(*h);
}

static void check_again(const struct holding *h)
{
	cleanup_with(drop_holding) struct holding *again = NULL;
	cleanup_text struct text text = { 0 }, second = { 0 };
	cleanup_json cJSON *json = NULL;
	cleanup_free char *why = NULL;

	lease_json_write(h, "boot", &text);
	assert(json_parse(text.s, text.len, &json, &why) == 0);
	assert(lease_json_read(json, "boot", &again) == 0);
	lease_json_write(again, "boot", &second);
	assert(text.len == second.len && memcmp(text.s, second.s, text.len) == 0);
}

static void check_client(struct holding *h)
{
	struct dhcp_client *c = &h->client;
	cleanup_free uint8_t *ack = steal(&c->ack);
	struct dhcp_output out;
	enum dhcp_news news;
	const int64_t now = c->since < INT64_MAX / 2 ? c->since : 0;

	c->wishes.pause = 4000;
	c->wishes.longest_pause = 62000;
	if (!ack) {
		dhcp_client_release(c, &out);
		assert(out.is_due == c->terms.has_server);
		return;
	}
	if (dhcp_client_resume(c, ack, c->ack_size, now, now, c->seed, &news) < 0)
		return;
	assert(c->deadline >= now && c->has_address);
	dhcp_client_release(c, &out);
	assert(!out.is_due || out.message.size <= DHCP_MESSAGE_MOST);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_with(drop_holding) struct holding *wish = NULL, *lease = NULL;
	cleanup_json cJSON *json = NULL;
	cleanup_free char *why = NULL;

	if (json_parse((const char *)data, size, &json, &why) < 0)
		return 0;
	if (wish_read(json, &wish) == 0)
		assert(*wish->owner && *wish->spot.path == '/' && wish->priority >= 0);
	if (lease_json_read(json, "boot", &lease) < 0)
		return 0;
	check_again(lease);
	check_client(lease);
	return 0;
}
