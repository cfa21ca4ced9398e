/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client says in its state (RFC 2131, table 5). Pure; changes nothing of the client. */
#pragma once

#include "dhcp/client.h"

/* An address from before is a suggestion. */
void say_discover(const struct dhcp_client *client, int64_t now, struct dhcp_output *out);
void say_request(const struct dhcp_client *client, int64_t now, struct dhcp_output *out);
void say_decline(const struct dhcp_client *client, int64_t now, struct dhcp_output *out);
void say_release(const struct dhcp_client *client, struct dhcp_output *out);
