/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a doctor finds: a name, what is wrong, what that means, and the command that repairs it or
 * advice where no command can.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

/* What can be found; the table in finding.c explains each. */
enum fault {
	LOOPBACK_DOWN,
	INTERFACE_MISSING,
	INTERFACE_DOWN,
	HOST_INTERFACE_DOWN,
	HOST_INTERFACE_RENAMED,
	PORT_DETACHED,
	PORT_MODE,
	BRIDGE_MISSING,
	BRIDGE_DOWN,
	GATEWAY_MISSING,
	ADDRESS_MISSING,
	ROUTE_MISSING,
	GATEWAY_WRONG,
	MASQUERADE_MISSING,
	MACSPOOF_MISSING,
	IPSPOOF_MISSING,
	PORTS_MISSING,
	OWNERS_MISSING,
	MTU_MISMATCH,
	SWITCH_DATABASE_DOWN,
	SWITCH_DOWN,
	SWITCH_PORT_MISSING,
	MASTER_MISSING,
	MASTER_DOWN,
	HOST_UNREACHABLE,
	CHECK_FAILED,
	NOT_READY,
	CONFIGURATION_BROKEN,
	KEY_UNKNOWN,
	SUBNET_SHARED,
	HOST_ROUTE_WRONG,
	UPLINK_DOWN,
	ADDRESS_DOUBLE,
	NEIGHBOUR_WRONG,
	DNS_UNREACHABLE,
	FORWARDING_OFF,
	FORWARD_DROP,
	PORT_DROP,
	INPUT_DROP,
	BRIDGE_NETFILTER,
	RANGE_EXHAUSTED,
	PLUGIN_MISSING,
	PLUGIN_UNUSABLE,
	PLUGIN_MISTAKEN,
	PORT_TAKEN,
	NFTABLES_MISSING,
	VLAN_MISSING,
	IPV6_MISSING,
	IPV6_OFF,
	ATTACHMENT_DEAD,
	LEASE_MISSING,
	LEASE_FOREIGN,
	LEASE_ORPHANED,
	LINK_ORPHANED,
	SWITCH_PORT_ORPHANED,
	RULES_ORPHANED,
	REFERENCE_RULES,
};

/* Advice where nothing better is known. */
#define ATTACH_AGAIN "let its runtime detach it, and attach it again"

struct finding {
	enum fault fault;
	uint64_t subject; /* which of those that bore this name one after another; 0: no matter */
	char *what;	  /* "eth0 in red is down" */
	char *fix;	  /* commands for a shell; "" when there are none */
	char *advice;	  /* what else can be done, in words; NULL: nothing */
	char *owner;	  /* of the attachment that it was found at; NULL: at none */
	char *network;	  /* where several were looked at; NULL: there is one */
	bool is_confirmed;
	bool is_tried; /* a repair was carried out */
	bool is_fixed; /* … and later nothing was found any more */
};

/*
 * Containers come and go while they are looked at: only what an earlier look has found too is true.
 */
struct findings {
	struct finding *items;
	size_t count;
	uint64_t subject;			/* of what is added next */
	const char *owner;			/* likewise; NULL: it is about no attachment */
	const struct findings *earlier_or_null; /* NULL: nothing is confirmed */
};

#define cleanup_findings cleanup_with(findings_release)

/* "interface-down" */
const char *fault_name(enum fault fault);

/*
 * Adds one unless it is there already; `fix` is taken, and has every name in it from
 * foreign_word(). Names in the text are made visible here. Returns it, valid until the next.
 */
struct finding *findings_add(struct findings *findings, enum fault fault, char *fix,
			     const char *format, ...) printf_like(4, 5);

/* `advice` is taken, and names in it made visible. */
void finding_advise(struct finding *finding, char *advice);

/* A repair was carried out, or failed for the reason in `err`. */
void finding_try(struct finding *finding, int result, const struct cni_error *err);

/*
 * Of what was tried that is fixed which is not among the later findings; what is new among them is
 * added, and what went by itself dropped. A fix that is --fix itself is none for what remains.
 */
void findings_judge(struct findings *findings, struct findings *later);

/* Takes what is not there already from `more`, and notes the network of each. */
void findings_merge(struct findings *findings, struct findings *more, const char *network);

bool findings_have(const struct findings *findings, enum fault fault);
void findings_drop_unconfirmed(struct findings *findings);
void findings_print(const struct findings *findings, bool has_colour, struct text *out);

/* After repairs: first what was repaired, then what remains. */
void findings_print_repairs(const struct findings *findings, bool has_colour, struct text *out);
void findings_print_json(const struct findings *findings, struct text *out);
void findings_release(struct findings *findings);
