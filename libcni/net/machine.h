/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MACs of our making: constant on a node, others on every other one, be its name the same. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/utsname.h>

enum { MACHINE_TEXT = 48 };

struct machine {
	struct utsname name;
	char text[MACHINE_TEXT + sizeof(((struct utsname *)0)->nodename)]; /* machine/name */
};

/*
 * What tells this machine from others: /etc/machine-id (machine-id(5)), where there is none the
 * board's number, else the boot's; and the node's name, as machines that were copied with their
 * files often have one id.
 */
struct machine machine_read(void);

/* A unicast, locally administered MAC; `text` and `role` as for owner_mac(). */
void machine_mac(const struct machine *machine, const char *text, const char *role, uint8_t ret[6]);

/* True for that MAC, and for the one that earlier versions made of the node's name alone. */
bool machine_made_mac(const struct machine *machine, const char *text, const char *role,
		      const uint8_t mac[6]);
