/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the plugins themselves say, by CHECK and STATUS, of what nothing else explains. */
#include "base/alloc.h"
#include "base/foreign.h"
#include "exam.h"

int exam_check(const struct exam *exam)
{
	cleanup_error struct cni_error err = { 0 };
	cleanup_free char *command = readd_command(exam->cached);
	struct container container = container_of_cached(exam->cached);
	struct finding *finding;

	if (!exam->network->has_plugins || exam->network->is_host_faulty ||
	    exam->network->tool->is_brief || !list_has_checks(exam->list))
		return 0;
	if (runtime_check(&exam->network->tool->runtime, exam->list, &container, &err) == 0)
		return 0;
	finding = findings_add(exam->network->findings, CHECK_FAILED, xstrdup(""), "%s in %s: %s",
			       exam->link->link.name, exam->space->name, err.msg);
	if (err.details || *command)
		finding_advise(finding,
			       xasprintf("%s%s%s%s", err.details ? err.details : "",
					 err.details && *command ? "; or " : "",
					 *command ? "attach it anew with what it has: " : "",
					 command));
	return 1;
}

void exam_status(struct network *network)
{
	/* STATUS would only say these again */
	static const enum fault reasons[] = { RANGE_EXHAUSTED,	    NFTABLES_MISSING, SUBNET_SHARED,
					      HOST_ROUTE_WRONG,	    VLAN_MISSING,     IPV6_MISSING,
					      SWITCH_DATABASE_DOWN, SWITCH_DOWN };
	cleanup_free char *list_word = foreign_word(network->list->name);
	cleanup_error struct cni_error err = { 0 };

	for (size_t i = 0; i < array_size(reasons); i++)
		if (findings_have(network->findings, reasons[i]))
			return;
	if (network->has_plugins && !network->tool->is_brief &&
	    runtime_status(&network->tool->runtime, network->list, &err) < 0)
		finding_advise(findings_add(network->findings, NOT_READY, xstrdup(""), "%s",
					    err.msg),
			       err.details ? xstrdup(err.details)
					   : xasprintf("cnitool status %s asks the plugins again",
						       list_word));
}
