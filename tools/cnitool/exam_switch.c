/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What networks of ovs need of the switch, and what of them is left in it. */
#include "exam_switch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/foreign.h"
#include "ovsdb/operation.h"
#include "ovsdb/ovsdb.h"
#include "ovsdb/reply.h"
#include "ovsdb/switchd.h"
#include "plugin/conf_file.h"
#include "switches.h"

enum { SWITCH_PATIENCE_MS = 1000 };

#define OVS_CNI_OWNER "ovs-cni.network.kubevirt.io"

/* The database's socket as the plugin finds it; NULL: it is none that can be asked. */
static char *socket_of(const struct list_plugin *plugin)
{
	static const char *const keys[] = { "socket_file" };
	const cJSON *path = json_get(plugin->json, "configuration_path");
	cleanup_json cJSON *merged = NULL, *file = NULL;
	const cJSON *socket;
	const char *text;

	if (conf_file_merge(plugin->json, cJSON_IsString(path) ? path->valuestring : "", keys,
			    array_size(keys), &merged, &file, NULL) < 0)
		return NULL;
	socket = json_get(merged, "socket_file");
	text = cJSON_IsString(socket) ? socket->valuestring : "";
	if (text_starts_with(text, "tcp:") || text_starts_with(text, "ssl:"))
		return NULL;
	if (text_starts_with(text, "unix:"))
		text += strlen("unix:");
	return xstrdup(*text ? text : SWITCH_SOCKET);
}

/* ---- the database */

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void take_names(struct switch_ports *ports)
{
	for (const cJSON *row = reply_rows(ports->answer, 0); row; row = row->next) {
		ports->names = xgrow(ports->names, ports->count, sizeof(*ports->names));
		ports->names[ports->count++] = row_text(row, "name");
	}
	if (ports->count)
		qsort(ports->names, ports->count, sizeof(*ports->names), compare);
}

static int ask(struct switch_ports *ports, struct cni_error *err)
{
	cleanup_ovsdb struct ovsdb db = OVSDB_CLOSED;
	const struct deadline deadline = deadline_in(SWITCH_PATIENCE_MS);
	struct json_writer *w;
	unsigned id;
	int r = ovsdb_connect(&db, ports->socket, deadline, err);

	if (r < 0)
		return r;
	w = ovsdb_begin(&db, &id);
	operation_open(w, "select", "Port");
	operation_where_any(w);
	operation_columns(w, "name external_ids");
	operation_close(w);
	r = ovsdb_call(&db, id, deadline, &ports->answer, err);
	if (r == 0)
		take_names(ports);
	return r;
}

static bool has_port(const struct switch_ports *ports, const char *name)
{
	return ports->count &&
	       bsearch(&name, ports->names, ports->count, sizeof(*ports->names), compare);
}

void switch_ports_release(struct switch_ports *ports)
{
	free(ports->names);
	free(ports->socket);
	cJSON_Delete(ports->answer);
}

/* ---- the switch */

/* Somebody has sent it SIGSTOP; a number of another namespace is some other process here. */
static bool is_stopped(pid_t pid)
{
	cleanup_free char *path = xasprintf("/proc/%d/stat", (int)pid);
	cleanup_text struct text stat = { 0 };

	return pid && file_read_at(AT_FDCWD, path, &stat) == 0 && stat.s &&
	       strstr(stat.s, " (ovs-vswitchd) T ");
}

static void exam_switchd(struct network *network, const char *socket)
{
	cleanup_error struct cni_error ignored = { 0 };
	struct switchd switchd;

	if (switchd_look(socket, SWITCH_PATIENCE_MS, CNI_ERR_TRY_LATER, &switchd, &ignored) < 0)
		return;
	if (!switchd.is_running)
		findings_add(network->findings, SWITCH_DOWN,
			     xstrdup("systemctl restart ovs-vswitchd"),
			     "ovs-vswitchd is not running");
	else if (switchd.is_hung && is_stopped(switchd.pid))
		findings_add(network->findings, SWITCH_DOWN,
			     xasprintf("kill -CONT %d", (int)switchd.pid),
			     "ovs-vswitchd, process %d, is stopped", (int)switchd.pid);
	else if (switchd.is_hung)
		findings_add(network->findings, SWITCH_DOWN,
			     xstrdup("systemctl restart ovs-vswitchd"),
			     "ovs-vswitchd does not answer");
}

void exam_switch(struct network *network)
{
	const struct list_plugin *plugin = list_find_type(network->list, "ovs");
	struct switch_ports *ports = &network->ports;
	cleanup_error struct cni_error err = { 0 };

	ports->socket = plugin ? socket_of(plugin) : NULL;
	if (!ports->socket)
		return;
	ports->is_known = ask(ports, &err) == 0;
	if (ports->is_known)
		exam_switchd(network, ports->socket);
	else
		findings_add(network->findings, SWITCH_DATABASE_DOWN,
			     xstrdup("systemctl restart ovsdb-server"), "%s", err.msg);
}

/* ---- an attachment */

int exam_switch_port(const struct exam *exam)
{
	const struct switch_ports *ports = &exam->network->ports;

	if (!ports->is_known || !exam->port || has_port(ports, exam->port->link.name))
		return 0;
	findings_add(exam->network->findings, SWITCH_PORT_MISSING, readd_command(exam->cached),
		     "%s, the host's end of %s in %s, is no port of the switch",
		     exam->port->link.name, exam->link->link.name, exam->space->name);
	return 1;
}

/* ---- what is left */

char *switch_port_command(const struct network *network, const char *port)
{
	const char *socket = network->ports.socket;
	cleanup_free char *word = foreign_word(port);
	cleanup_free char *at = NULL, *at_word = NULL;

	if (text_equal(socket, SWITCH_SOCKET) || text_equal(socket, "/var" SWITCH_SOCKET))
		return xasprintf("ovs-vsctl --if-exists del-port %s", word);
	at = xasprintf("unix:%s", socket);
	at_word = foreign_word(at);
	return xasprintf("ovs-vsctl --db=%s --if-exists del-port %s", at_word, word);
}

bool network_has_port(const struct network *network, const char *name)
{
	return network->ports.is_known && has_port(&network->ports, name);
}

/* Whose it is when that is nobody; NULL: it is not for us to judge. */
static const char *dead_owner(const struct network *network, const cJSON *row)
{
	const char *owner = row_map_text(row, "external_ids", "cni-owner");

	if (*owner)
		return owner_text_is_of_network(owner, network->list->name) &&
				       !network_knows_owner(network, owner)
			       ? owner
			       : NULL;
	/* ovs-cni tells no container; with its link the container's end is gone as well. */
	return text_equal(row_map_text(row, "external_ids", "owner"), OVS_CNI_OWNER) ? "ovs-cni"
										     : NULL;
}

void exam_switch_leftovers(struct network *network)
{
	const struct space *host = &network->picture->spaces[0];
	const cJSON *row = network->ports.is_known ? reply_rows(network->ports.answer, 0) : NULL;

	for (; row; row = row->next) {
		const char *name = row_text(row, "name");
		const char *owner = dead_owner(network, row);

		if (!owner || !*name || space_find_link(host, name) >= 0)
			continue;
		findings_add(network->findings, SWITCH_PORT_ORPHANED,
			     switch_port_command(network, name),
			     "the switch has a port %s of %s, and no link has that name", name,
			     owner);
	}
}
