/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two transactions that a port of Open vSwitch cannot do without, on a connection that is open.
 */
#pragma once

#include "base/error.h"

struct floor_switch;

/* floor_switch_close() frees it. */
struct floor_switch *floor_switch_new(const char *socket);
void floor_switch_close(struct floor_switch *on_switch);

/* Anew, as there may be another switch by now. */
int floor_switch_connect(struct floor_switch *on_switch) must_check;

/* Inserts the port, and waits until the switch has it: one write, two answers. */
int floor_switch_join(struct floor_switch *on_switch, const char *port) must_check;

/* Removes what was inserted. */
int floor_switch_leave(struct floor_switch *on_switch) must_check;
