/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The examinations of networks of ovs. */
#pragma once

#include "exam.h"

/* Once for the network: database and ovs-vswitchd; reads the ports for those that follow. */
void exam_switch(struct network *network);

/* 1: an attachment's link is no port of the switch. */
int exam_switch_port(const struct exam *exam);

/* Ports whose link is gone, of owners that are. */
void exam_switch_leftovers(struct network *network);

bool network_has_port(const struct network *network, const char *name);

/* The command that takes the port off the switch; the caller frees it. */
char *switch_port_command(const struct network *network, const char *port) must_check;
