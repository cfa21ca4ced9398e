/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows which fields and options each message of a client has. */
#include "dhcp/client_say.h"

#include <string.h>

static void open_message(const struct dhcp_client *c, enum dhcp_type type, int64_t now,
			 struct dhcp_output *out)
{
	const int64_t seconds = (now - c->began) / 1000;
	const struct dhcp_opening opening = {
		.type = type,
		.xid = c->xid,
		.seconds = (uint16_t)(seconds > UINT16_MAX ? UINT16_MAX : seconds),
		.broadcast = c->wishes.broadcast && type != DHCP_RELEASE && type != DHCP_DECLINE,
		.mac = c->wishes.mac,
		.address = c->has_address || type == DHCP_RELEASE ? c->terms.address : NULL,
	};

	*out = (struct dhcp_output){ .is_due = true };
	out->is_unicast = c->terms.has_server &&
			  (type == DHCP_RELEASE || c->state == DHCP_RENEWING);
	dhcp_message_begin(&out->message, &opening);
	if (c->wishes.client_id_size)
		ignore(dhcp_message_add(&out->message, DHCP_OPTION_CLIENT_ID, c->wishes.client_id,
					c->wishes.client_id_size)); /* the first of size */
}

/* What does not fit was refused with the configuration. */
static void close_message(const struct dhcp_client *c, struct dhcp_output *out)
{
	ignore(dhcp_message_add_all(&out->message, c->wishes.options, c->wishes.options_size));
	dhcp_message_end(&out->message);
}

static void add_wanted(const struct dhcp_client *c, struct dhcp_output *out)
{
	static const uint8_t none[4];

	if (memcmp(c->terms.address, none, sizeof(none)) != 0)
		ignore(dhcp_message_add(&out->message, DHCP_OPTION_REQUESTED, c->terms.address,
					4)); /* there is room */
}

static void add_server(const struct dhcp_client *c, struct dhcp_output *out)
{
	if (c->terms.has_server)
		ignore(dhcp_message_add(&out->message, DHCP_OPTION_SERVER, c->terms.server,
					4)); /* there is room */
}

void say_discover(const struct dhcp_client *c, int64_t now, struct dhcp_output *out)
{
	open_message(c, DHCP_DISCOVER, now, out);
	add_wanted(c, out);
	close_message(c, out);
}

void say_request(const struct dhcp_client *c, int64_t now, struct dhcp_output *out)
{
	open_message(c, DHCP_REQUEST, now, out);
	if (!c->has_address)
		add_wanted(c, out);
	if (c->state == DHCP_REQUESTING)
		add_server(c, out);
	close_message(c, out);
}

void say_decline(const struct dhcp_client *c, int64_t now, struct dhcp_output *out)
{
	open_message(c, DHCP_DECLINE, now, out);
	add_wanted(c, out);
	add_server(c, out);
	dhcp_message_end(&out->message);
}

void say_release(const struct dhcp_client *c, struct dhcp_output *out)
{
	open_message(c, DHCP_RELEASE, c->began, out);
	add_server(c, out);
	dhcp_message_end(&out->message);
}
