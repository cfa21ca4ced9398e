/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows what firewalld is asked over the bus, and what its refusals mean. */
#include "zone.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/foreign.h"
#include "base/text.h"
#include "base/warn.h"
#include "plugin/check.h"
#include "zone_ask.h"

enum { BUS_MS = 5000 /* the bus itself answers at once */ };

#define BUS "org.freedesktop.DBus"

/* ---- is it there? */

/* -ESRCH: the bus says that it is not. */
static int find_once(struct zone *zone, struct deadline deadline)
{
	const struct bus_question question = {
		.destination = BUS,
		.path = "/org/freedesktop/DBus",
		.interface = BUS,
		.method = "GetNameOwner",
		.arguments = { FIREWALLD },
		.answer = BUS_TEXT,
	};
	cleanup_bus_answer struct bus_answer owner = { 0 };
	int r = bus_open(&zone->bus, deadline);

	if (r == 0)
		r = bus_ask(&zone->bus, &question, deadline, &owner);
	return r == -EREMOTEIO && bus_said(&zone->bus, BUS ".Error.NameHasNoOwner") ? -ESRCH : r;
}

/* A bus that does not want us ends the connection; so does an accident, but not twice. */
static int find(struct zone *zone)
{
	const struct deadline deadline = deadline_in(BUS_MS);
	int r = find_once(zone, deadline);

	if (r != -ECONNRESET)
		return r;
	zone_close(zone);
	return find_once(zone, deadline);
}

/* Nobody is there, or nobody for us: in a container, without root's rights on the host. */
static bool is_absent(int r)
{
	return r == -ESRCH || r == -ENOENT || r == -ECONNREFUSED || r == -EACCES ||
	       r == -ECONNRESET;
}

static int fail_absent(const struct zone *zone, int r, unsigned code, struct cni_error *err)
{
	if (r == -ESRCH)
		(void)cni_fail(err, code, 0, "backend \"firewalld\": firewalld does not run");
	else
		(void)cni_fail(err, code, -r,
			       "backend \"firewalld\": the system's message bus cannot be asked");
	if (zone->bus.said) {
		cleanup_free char *said = foreign_line(zone->bus.said);

		cni_error_details(err, "%s", said);
	}
	cni_error_details(err, "start it (systemctl enable --now firewalld), or take \"backend\" "
			       "out of the configuration; a container's runtime must see "
			       "/run/dbus/system_bus_socket");
	return r;
}

int zone_open(struct zone *zone, unsigned code, struct cni_error *err)
{
	int r;

	if (zone->backend == BACKEND_NATIVE)
		return 0;
	r = find(zone);
	if (r == 0)
		return 1;
	if (r == -EINTR)
		return cni_fail(err, CNI_ERR_TRY_LATER, EINTR,
				"cannot ask the system's message bus for firewalld");
	if (zone->backend == BACKEND_FIREWALLD)
		return fail_absent(zone, r, code, err);
	if (!is_absent(r))
		cni_warn("the system's message bus does not tell whether firewalld runs: "
			 "nftables is used as if it did not");
	zone_close(zone);
	return 0;
}

int zone_open_leniently(struct zone *zone, struct cni_error *err)
{
	static const char unknown[] = "the system's message bus does not tell whether firewalld "
				      "runs: sources of its zones may stay";
	int r;

	if (zone->backend == BACKEND_NATIVE)
		return 0;
	r = find(zone);
	if (r == 0)
		return 1;
	zone_close(zone);
	if (is_absent(r))
		return 0;
	if (r == -EINTR || zone->backend == BACKEND_FIREWALLD)
		return cni_fail(err, CNI_ERR_TRY_LATER, -r, "%s", unknown);
	cni_warn("%s", unknown);
	return 0;
}

void zone_close(struct zone *zone)
{
	bus_close(&zone->bus);
}

/* ---- ADD */

/* firewalld's own words are the only thing that tells its refusals apart. */
static void advise(const struct zone *zone, const char *source, int r, struct cni_error *err)
{
	if (zone->bus.said) {
		cleanup_free char *said = foreign_line(zone->bus.said);

		cni_error_details(err, "%s", said);
	}
	if (bus_said(&zone->bus, "INVALID_ZONE"))
		cni_error_details(err, "firewall-cmd --get-zones lists the zones that "
				       "firewalldZone can name");
	else if (bus_said(&zone->bus, "ZONE_CONFLICT"))
		cni_error_details(err,
				  "firewall-cmd --get-zone-of-source=%s tells the zone that has "
				  "it; firewall-cmd --zone=ZONE --remove-source=%s takes it out",
				  source, source);
	else if (r == -ETIMEDOUT)
		cni_error_details(err, "is firewalld stopped or busy? see its log");
}

static unsigned code_of(const struct zone *zone, int r)
{
	if (bus_said(&zone->bus, "INVALID_ZONE"))
		return CNI_ERR_CONFIG;
	if (bus_said(&zone->bus, "ZONE_CONFLICT"))
		return CNI_ERR_CONFLICT;
	return r == -EREMOTEIO ? CNI_ERR_FIREWALL : CNI_ERR_TRY_LATER;
}

static int fail_add(const struct zone *zone, const char *source, int r, struct cni_error *err)
{
	cleanup_free char *name = foreign(zone->name);

	(void)cni_fail(err, code_of(zone, r), r == -EREMOTEIO ? 0 : -r,
		       "firewalld does not take %s as a source of zone %s", source, name);
	advise(zone, source, r, err);
	return r;
}

int zone_add(struct zone *zone, struct cni_error *err)
{
	char source[PREFIX_TEXT];

	for (size_t i = 0; i < zone->count; i++) {
		int r = zone_ask_add(zone, zone_source(&zone->addresses[i], source));

		if (r < 0)
			return fail_add(zone, source, r, err);
	}
	return 0;
}

/* ---- CHECK and STATUS */

int zone_fail_list(const struct zone *zone, int r, unsigned code, struct cni_error *err)
{
	cleanup_free char *name = foreign(zone->name);

	(void)cni_fail(err, code, r == -EREMOTEIO ? 0 : -r,
		       "firewalld does not tell the sources of zone %s", name);
	advise(zone, "", r, err);
	return r;
}

int zone_check(struct zone *zone, struct cni_error *err)
{
	cleanup_free char *name = foreign_word(zone->name);
	char source[PREFIX_TEXT];

	for (size_t i = 0; i < zone->count; i++) {
		bool is_there = false;
		int r = zone_ask_query(zone, zone_source(&zone->addresses[i], source), &is_there);

		if (r < 0)
			return zone_fail_list(zone, r, code_of(zone, r), err);
		if (is_there)
			continue;
		r = check_fail(err, "%s is no source of firewalld's zone %s", source, name);
		cni_error_details(err,
				  "firewalld forgets sources when it is reloaded: GC or another "
				  "ADD brings this one back, or firewall-cmd --zone=%s "
				  "--add-source=%s",
				  name, source);
		return r;
	}
	return 0;
}

int zone_status(struct zone *zone, struct cni_error *err)
{
	cleanup_bus_answer struct bus_answer sources = { 0 };
	int r = zone_ask_list(zone, &sources);

	return r < 0 ? zone_fail_list(zone, r, CNI_ERR_NOT_AVAILABLE, err) : 0;
}
