/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The registers of nftables while a rule is looked at. */
#pragma once

#include "host/fate.h"

enum { REGISTERS = 128 };

/* Bytes, each of them known or not. */
struct bytes {
	uint8_t value[REGISTERS];
	bool is_known[REGISTERS];
};

/* `value` may be NULL for what is not known. Beyond the end nothing is written. */
void bytes_put(struct bytes *bytes, size_t at, const void *value, size_t size, bool is_known);

/* Where a register begins; REGISTERS: nowhere. */
size_t register_at(const struct nlattr *attr);

/* Carries out an expression that reads or calculates; false: it is none of these. */
bool bytes_load(struct bytes *registers, const struct packet *packet, const char *name,
		const struct nlattr *expression);

/* The bit of `ct state`. */
uint32_t packet_state(const struct packet *packet);
