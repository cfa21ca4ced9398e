/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of what can be wrong, and what each means. */
#include "finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/foreign.h"
#include "types/json.h"

static const struct {
	const char *name, *meaning;
} faults[] = {
	[LOOPBACK_DOWN] = { "loopback-down",
			    "Programs in the container cannot reach each other at 127.0.0.1 or ::1." },
	[INTERFACE_MISSING] = { "interface-missing",
				"The container has lost its interface and is cut off." },
	[INTERFACE_DOWN] = { "interface-down",
			     "Nothing is sent or received by an interface that is not up; its routes are gone too." },
	[HOST_INTERFACE_DOWN] = { "host-interface-down",
				  "The container's cable is unplugged: the host's end of the pair is not up." },
	[HOST_INTERFACE_RENAMED] = { "host-interface-renamed",
				     "Rules and checks know it by its name; they do nothing for the new one." },
	[PORT_DETACHED] = { "port-detached", "The container's cable is plugged into nothing." },
	[PORT_MODE] = { "port-mode",
			"The bridge treats the container's frames otherwise than the configuration says." },
	[BRIDGE_MISSING] = { "bridge-missing",
			     "The bridge was deleted: its containers are cut off from each other and the host." },
	[BRIDGE_DOWN] = { "bridge-down",
			  "A bridge that is not up forwards nothing: no container reaches another or the host." },
	[GATEWAY_MISSING] = { "gateway-missing",
			      "Containers send what leaves their subnet to an address that nobody has." },
	[ADDRESS_MISSING] = { "address-missing",
			      "The container cannot be reached, and cannot answer." },
	[ROUTE_MISSING] = { "route-missing",
			    "The container does not know where to send such packets." },
	[GATEWAY_WRONG] = { "gateway-wrong",
			    "Packets go to somebody who does not forward them, or not where they should." },
	[MASQUERADE_MISSING] = { "masquerade-missing",
				 "Packets leave the host with an address that nobody outside knows the way back to." },
	[MACSPOOF_MISSING] = { "macspoof-missing",
			       "The container can send frames in the name of others." },
	[IPSPOOF_MISSING] = { "ipspoof-missing",
			      "The container can send packets with addresses of others." },
	[PORTS_MISSING] = { "ports-missing",
			    "Connections to the published ports do not reach the container." },
	[OWNERS_MISSING] = { "owners-missing",
			     "Packets are treated as they should be, but the removal of the container leaves the rules behind." },
	[MTU_MISMATCH] = { "mtu-mismatch",
			   "Large packets are lost where the smaller one begins: small requests work, transfers hang." },
	[SWITCH_DATABASE_DOWN] = { "switch-database-down",
				   "No container can be attached to the switch, and none is detached from it." },
	[SWITCH_DOWN] = { "switch-down",
			  "What is written into the database of Open vSwitch is not carried out: no container gets a port." },
	[SWITCH_PORT_MISSING] = { "switch-port-missing",
				  "The switch does not know the container's link, so nothing passes." },
	[MASTER_MISSING] = { "master-missing",
			     "Containers stand on this interface of the host: without it they have none." },
	[MASTER_DOWN] = { "master-down",
			  "Containers that stand on this interface of the host send nothing while it is not up." },
	[HOST_UNREACHABLE] = { "host-unreachable",
			       "A macvlan or ipvlan reaches whatever is behind the interface that it stands on, but never its own host." },
	[CHECK_FAILED] = { "check-failed",
			   "A plugin says that the attachment is not as it made it." },
	[NOT_READY] = { "not-ready", "A container cannot be attached now." },
	[CONFIGURATION_BROKEN] = { "configuration-broken",
				   "No runtime can read the file, and some stop at it." },
	[KEY_UNKNOWN] = { "key-unknown",
			  "Plugins accept keys that they do not know, and do nothing about them." },
	[SUBNET_SHARED] = { "subnet-shared",
			    "The host sends packets for these addresses one way only: there, or to the containers." },
	[HOST_ROUTE_WRONG] = { "host-route-wrong",
			       "Answers and connections to the container go astray; with a strict rp_filter, so does what it sends." },
	[UPLINK_DOWN] = { "uplink-down",
			  "Nothing beyond this host and its own subnets can be reached, by containers and host alike." },
	[ADDRESS_DOUBLE] = { "address-double",
			     "Two answer for one address: packets go now to the one, now to the other." },
	[NEIGHBOUR_WRONG] = { "neighbour-wrong",
			      "Frames go to a MAC that is not that of the address; the kernel never corrects a fixed entry." },
	[DNS_UNREACHABLE] = { "dns-unreachable",
			      "Programs in the container find no host by its name, and wait for each." },
	[FORWARDING_OFF] = { "forwarding-off",
			     "The host drops what containers send beyond their own subnet, and all answers." },
	[FORWARD_DROP] = { "forward-drop",
			   "The host's filter lets nothing of that kind pass, whatever the network is set up to do." },
	[PORT_DROP] = { "port-drop",
			"Connections to the published port are translated, and then dropped by the host's filter." },
	[INPUT_DROP] = { "input-drop",
			 "Containers get no answer of the host itself; what goes through it is another matter." },
	[BRIDGE_NETFILTER] = { "bridge-netfilter",
			       "Frames from port to port of a bridge pass that filter too (br_netfilter): containers on it cannot reach each other." },
	[RANGE_EXHAUSTED] = { "range-exhausted", "No further container gets an address." },
	[PLUGIN_MISSING] = { "plugin-missing",
			     "Neither ADD nor DEL can work without the program." },
	[PLUGIN_UNUSABLE] = { "plugin-unusable",
			      "The file of that name is no program that the kernel starts." },
	[PLUGIN_MISTAKEN] = { "plugin-mistaken",
			      "It starts, but does not do what the configuration expects of it." },
	[PORT_TAKEN] = { "port-taken",
			 "From outside the container answers, from the host itself it may be the process." },
	[NFTABLES_MISSING] = { "nftables-missing",
			       "Masquerade, published ports and MAC checks need it." },
	[VLAN_MISSING] = { "vlan-filtering-missing", "The configured VLANs separate nothing." },
	[IPV6_MISSING] = { "ipv6-missing", "The configured IPv6 addresses cannot be given out." },
	[IPV6_OFF] = { "ipv6-off",
		       "The host's side of the network can have no IPv6 address, and an ADD fails." },
	[ATTACHMENT_DEAD] = { "attachment-dead",
			      "The container is gone, but its lease, its rules and its cache entry are still there." },
	[LEASE_MISSING] = { "lease-missing", "The next container may be given the same address." },
	[LEASE_FOREIGN] = { "lease-foreign",
			    "When the other goes the address is given out anew, while this container has it." },
	[LEASE_ORPHANED] = { "lease-orphaned",
			     "The address is taken, but no container on this host has it." },
	[LINK_ORPHANED] = { "link-orphaned",
			    "The interface carries our mark or a name of the Go plugins, but no runtime knows of it." },
	[SWITCH_PORT_ORPHANED] = { "switch-port-orphaned",
				   "ovs-vswitchd looks for the link again and again; a new one of that name may stay cut off." },
	[RULES_ORPHANED] = { "rules-orphaned", "They belong to a container that is gone." },
	[REFERENCE_RULES] = { "reference-rules",
			      "The Go plugins left them behind; they slow down every new connection." },
};

const char *fault_name(enum fault fault)
{
	return faults[fault].name;
}

static bool is_same(const struct finding *a, const struct finding *b)
{
	return a->fault == b->fault && a->subject == b->subject &&
	       (a->subject || text_equal(a->what, b->what));
}

static bool was_found(const struct findings *earlier, const struct finding *finding)
{
	for (size_t i = 0; earlier && i < earlier->count; i++)
		if (is_same(&earlier->items[i], finding))
			return true;
	return false;
}

bool findings_have(const struct findings *findings, enum fault fault)
{
	for (size_t i = 0; i < findings->count; i++)
		if (findings->items[i].fault == fault)
			return true;
	return false;
}

struct finding *findings_add(struct findings *findings, enum fault fault, char *fix,
			     const char *format, ...)
{
	struct finding finding = { .fault = fault, .subject = findings->subject, .fix = fix };
	cleanup_free char *what = NULL;
	va_list args;

	va_start(args, format);
	what = xvasprintf(format, args);
	va_end(args);
	finding.what = foreign_line(what);
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->items[i].fault != fault ||
		    !text_equal(findings->items[i].what, finding.what))
			continue;
		free(finding.what);
		free(finding.fix);
		return &findings->items[i];
	}
	finding.owner = findings->owner ? xstrdup(findings->owner) : NULL;
	finding.is_confirmed = was_found(findings->earlier_or_null, &finding);
	findings->items = xgrow(findings->items, findings->count, sizeof(finding));
	findings->items[findings->count] = finding;
	return &findings->items[findings->count++];
}

void finding_advise(struct finding *finding, char *advice)
{
	free(finding->advice);
	finding->advice = *advice ? foreign_line(advice) : NULL;
	free(advice);
}

void finding_try(struct finding *finding, int result, const struct cni_error *err)
{
	if (result >= 0)
		finding->is_tried = true;
	else
		finding_advise(finding,
			       xasprintf("the repair failed: %s", err->msg ? err->msg : "?"));
}

static void finding_release(struct finding *finding)
{
	free(finding->what);
	free(finding->fix);
	free(finding->advice);
	free(finding->network);
	free(finding->owner);
}

/* What --fix has not brought about it is not told to do again. */
static void forget_own_fix(struct finding *finding)
{
	static const char own[] = " --fix";
	const size_t size = strlen(finding->fix);

	if (size < strlen(own) || !text_equal(finding->fix + size - strlen(own), own))
		return;
	*finding->fix = '\0';
	if (!finding->advice)
		finding->advice = xstrdup(ATTACH_AGAIN);
}

void findings_judge(struct findings *findings, struct findings *later)
{
	size_t kept = 0;

	for (size_t i = 0; i < findings->count; i++) {
		struct finding *finding = &findings->items[i];
		bool is_left = was_found(later, finding);

		if (!is_left && !finding->is_tried) { /* it went with what was repaired */
			finding_release(finding);
			continue;
		}
		finding->is_fixed = !is_left;
		if (is_left)
			forget_own_fix(finding);
		findings->items[kept++] = *finding;
	}
	findings->count = kept;
	for (size_t i = 0; i < later->count; i++) {
		if (was_found(findings, &later->items[i]))
			continue;
		findings->items = xgrow(findings->items, findings->count, sizeof(*later->items));
		findings->items[findings->count++] = later->items[i];
		later->items[i] = (struct finding){ 0 };
	}
}

void findings_merge(struct findings *findings, struct findings *more, const char *network)
{
	for (size_t i = 0; i < more->count; i++) {
		if (was_found(findings, &more->items[i]))
			continue;
		findings->items = xgrow(findings->items, findings->count, sizeof(*more->items));
		findings->items[findings->count] = more->items[i];
		findings->items[findings->count++].network = xstrdup(network);
		more->items[i] = (struct finding){ 0 };
	}
}

void findings_drop_unconfirmed(struct findings *findings)
{
	size_t kept = 0;

	for (size_t i = 0; i < findings->count; i++) {
		if (findings->items[i].is_confirmed)
			findings->items[kept++] = findings->items[i];
		else
			finding_release(&findings->items[i]);
	}
	findings->count = kept;
}

static void print_name(const struct finding *finding, bool has_colour, struct text *out)
{
	text_addf(out, "%s%s%s: ", has_colour ? "\x1b[1;31m" : "", faults[finding->fault].name,
		  has_colour ? "\x1b[0m" : "");
	if (finding->network) {
		foreign_add(out, finding->network);
		text_add(out, ": ");
	}
	text_addf(out, "%s\n    %s\n", finding->what, faults[finding->fault].meaning);
}

static void print_one(const struct finding *finding, bool has_colour, struct text *out)
{
	const char *green = has_colour ? "\x1b[32m" : "";
	const char *plain = has_colour ? "\x1b[0m" : "";

	print_name(finding, has_colour, out);
	if (finding->is_fixed) {
		text_addf(out, "    %sfixed%s\n", green, plain);
		return;
	}
	if (finding->is_tried)
		text_add(out, "    not fixed: it was repaired, and is as before\n");
	if (*finding->fix)
		text_addf(out, "    fix: %s%s%s\n", green, finding->fix, plain);
	if (finding->advice)
		text_addf(out, "    advice: %s\n", finding->advice);
}

static size_t print_those(const struct findings *findings, bool is_fixed, bool has_colour,
			  struct text *out)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++) {
		if (findings->items[i].is_fixed != is_fixed)
			continue;
		print_one(&findings->items[i], has_colour, out);
		count++;
	}
	return count;
}

void findings_print(const struct findings *findings, bool has_colour, struct text *out)
{
	(void)print_those(findings, false, has_colour, out); /* without --fix nothing is fixed */
}

void findings_print_repairs(const struct findings *findings, bool has_colour, struct text *out)
{
	size_t fixed = print_those(findings, true, has_colour, out);

	if (fixed == findings->count)
		return;
	text_add(out, fixed ? "what remains:\n" : "nothing was repaired; what remains:\n");
	(void)print_those(findings, false, has_colour, out); /* all the others */
}

void findings_print_json(const struct findings *findings, struct text *out)
{
	struct json_writer w = { .out = out, .visible = true };

	json_open(&w, NULL, '[');
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];

		json_open(&w, NULL, '{');
		json_string(&w, "name", faults[finding->fault].name);
		if (finding->network)
			json_string(&w, "network", finding->network);
		json_string(&w, "what", finding->what);
		json_string(&w, "meaning", faults[finding->fault].meaning);
		if (*finding->fix)
			json_string(&w, "fix", finding->fix);
		if (finding->advice)
			json_string(&w, "advice", finding->advice);
		json_bool(&w, "fixed", finding->is_fixed);
		json_close(&w, '}');
	}
	json_close(&w, ']');
	text_add(out, "\n");
}

void findings_release(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		finding_release(&findings->items[i]);
	free(findings->items);
}
