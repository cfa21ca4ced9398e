/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of a plugin process, and the only writer of stdout:
 *   1. environment (plugin/env.c)
 *   2. stdin, read once and parsed once
 *   3. the version gate
 *   4. the network namespace is not our own
 *   5. the verb
 *   6. one JSON object: the result or the error
 *   7. a line of the log, where somebody wants one
 */
#include "plugin/plugin.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/release.h"
#include "base/signals.h"
#include "base/warn.h"
#include "net/netns.h"
#include "plugin/account.h"
#include "plugin/env.h"
#include "plugin/turn.h"
#include "types/json.h"
#include "types/keys.h"
#include "types/version.h"

/* The verbs that came after 0.1.0: from which configuration version on they may be called. */
static const struct gate {
	enum cni_verb verb;
	const char *name, *lowest;
} gates[] = {
	{ VERB_CHECK, "CHECK", "0.4.0" },
	{ VERB_GC, "GC", "1.1.0" },
	{ VERB_STATUS, "STATUS", "1.1.0" },
};

static const char *lowest_of(const struct cni_plugin *plugin)
{
	return plugin->lowest_version ? plugin->lowest_version : version_list[0];
}

static int print_about(const struct cni_plugin *plugin)
{
	cleanup_text struct text about = { 0 };

	text_addf(&about, "CNI %s plugin ", plugin->name);
	/* What is behind + does not count when versions are compared. */
	if (plugin->reference_release)
		text_addf(&about, "%s+cni-plugins-c-", plugin->reference_release);
	text_addf(&about, "%s\nCNI protocol versions supported: ", release);
	version_print_plain(lowest_of(plugin), &about);
	text_add(&about, "\n");
	ignore(file_write_fd(STDERR_FILENO, about.s, about.len)); /* nobody to tell otherwise */
	return 0;
}

bool cni_plugin_help_wanted(int count, char **arguments)
{
	for (int i = 1; i < count; i++)
		if (text_equal(arguments[i], "--help") || text_equal(arguments[i], "-help") ||
		    text_equal(arguments[i], "-h"))
			return true;
	return false;
}

static int print_help(const struct cni_plugin *plugin)
{
	cleanup_text struct text help = { 0 };

	key_table_print(plugin->name, &help);
	if (plugin->more_help)
		text_addf(&help, "\n%s", plugin->more_help);
	return file_write_fd(STDOUT_FILENO, help.s, help.len) < 0;
}

static void print_error(const struct cni_error *err)
{
	cleanup_text struct text out = { 0 };
	struct json_writer w = { .out = &out };
	int r;

	json_open(&w, NULL, '{');
	json_integer(&w, "code", (long)err->code);
	json_string(&w, "msg", err->msg);
	if (!text_is_empty(err->details))
		json_string(&w, "details", err->details);
	json_close(&w, '}');
	r = file_write_fd(STDOUT_FILENO, out.s, out.len);
	if (r < 0) {
		cleanup_free char *reason = error_text(-r);

		cni_warn("Error writing error JSON to stdout: %s", reason);
		cni_warn("the error was: %s", err->msg);
	}
}

static int read_input(struct cni_call *call, enum cni_verb verb, struct cni_error *err)
{
	int r = file_read_fd(STDIN_FILENO, &call->input);

	if (r < 0)
		return cni_fail(err, CNI_ERR_IO, -r, "error reading from stdin: read /dev/stdin");
	r = netconf_parse(call->input.s ? call->input.s : "", call->input.len, &call->conf, err);
	call->conf.is_lenient = verb == VERB_DEL;
	return r;
}

static int refuse_verb(const char *who, const char *verb, struct cni_error *err)
{
	return cni_fail(err, CNI_ERR_VERSION, 0, "%s version does not allow %s", who, verb);
}

static int check_gate(const struct cni_plugin *plugin, enum cni_verb verb, const char *version,
		      struct cni_error *err)
{
	cleanup_text struct text supported = { 0 };
	int order;
	int r;

	for (size_t i = 0; i < array_size(gates); i++) {
		if (gates[i].verb != verb)
			continue;
		r = version_compare(version, gates[i].lowest, &order, err);
		if (r < 0)
			return r;
		if (order < 0)
			return refuse_verb("config", gates[i].name, err);
		r = version_compare(version, VERSION_NEWEST, &order, err);
		if (r < 0)
			return r;
		if (order > 0)
			return refuse_verb("plugin", gates[i].name, err);
	}
	if (version_is_supported(*version ? version : VERSION_UNSET, lowest_of(plugin)))
		return 0;
	version_print_quoted(lowest_of(plugin), &supported);
	r = cni_fail(err, CNI_ERR_VERSION, 0, "incompatible CNI versions");
	cni_error_details(err, "config is \"%s\", plugin supports %s",
			  *version ? version : VERSION_UNSET, supported.s);
	return r;
}

static int fail_own_netns(struct cni_error *err)
{
	return cni_fail(err, CNI_ERR_NETNS, 0,
			"plugin's netns and netns from CNI_NETNS should not be the same");
}

/* When the caller never learns of an ADD, it is taken back. */
static int deliver(const struct cni_plugin *plugin, struct cni_call *call, enum cni_verb verb,
		   const struct text *out)
{
	cleanup_error struct cni_error ignored = { 0 };
	cleanup_free char *reason = NULL;
	int r = file_write_fd(STDOUT_FILENO, out->s, out->len);

	if (r == 0)
		return 0;
	reason = error_text(-r);
	cni_warn("Error writing result JSON to stdout: %s", reason);
	if (verb == VERB_ADD && plugin->del && !call->pending)
		(void)plugin->del(call, &ignored); /* one error is enough to report */
	return r;
}

/*
 * The reference notices after its work that it worked in its own namespace. We refuse an ADD
 * before, and let a DEL do all that needs no namespace.
 */
static int run_add(const struct cni_plugin *plugin, struct cni_call *call, bool is_own,
		   struct text *out, struct cni_error *err)
{
	return is_own ? fail_own_netns(err) : plugin->add(call, out, err);
}

static int run_del(const struct cni_plugin *plugin, struct cni_call *call, bool is_own,
		   struct cni_error *err)
{
	int r;

	if (is_own)
		call->netns = "";
	r = plugin->del ? plugin->del(call, err) : 0;
	return r == 0 && is_own ? fail_own_netns(err) : r;
}

static int run_verb(const struct cni_plugin *plugin, struct cni_call *call, enum cni_verb verb,
		    struct text *out, struct cni_error *err)
{
	bool is_own = !call->allow_own_netns && netns_path_is_own(call->netns);
	int r = 0;

	if (plugin->delegates && (verb == VERB_ADD || verb == VERB_DEL))
		r = turn_wait(call, verb == VERB_DEL, &call->turn, err);
	if (r < 0)
		return r;
	switch (verb) {
	case VERB_ADD:
		return run_add(plugin, call, is_own, out, err);
	case VERB_DEL:
		return run_del(plugin, call, is_own, err);
	case VERB_CHECK:
		return plugin->check ? plugin->check(call, err) : 0;
	case VERB_STATUS:
		return plugin->status ? plugin->status(call, err) : 0;
	default:
		return plugin->gc ? plugin->gc(call, err) : 0;
	}
}

/*
 * People try a plugin by hand, with the file that is at hand; it would do what no line of it asks
 * for.
 */
static int refuse_list(const struct netconf *conf, struct cni_error *err)
{
	if (!cJSON_IsArray(json_get(conf->json, "plugins")) || json_get(conf->json, "type"))
		return 0;
	(void)cni_fail(err, CNI_ERR_CONFIG, 0,
		       "this is a list of plugins, where the configuration of one was expected");
	cni_error_details(err, "`cnitool add` runs a .conflist; a plugin gets an item of its "
			       "plugins, with the name and the cniVersion of the list");
	return -EINVAL;
}

static int run(const struct cni_plugin *plugin, struct cni_call *call, enum cni_verb verb,
	       struct text *out, struct cni_error *err)
{
	int r;

	if (verb == VERB_VERSION) {
		version_print(lowest_of(plugin), out);
		return 0;
	}
	r = read_input(call, verb, err);
	if (r < 0)
		return r;
	if (verb == VERB_UNKNOWN)
		return cni_fail(err, CNI_ERR_ENVIRONMENT, 0, "unknown CNI_COMMAND: %s",
				env_command());
	r = netconf_read_version(&call->conf, err);
	if (r < 0)
		return r;
	r = check_gate(plugin, verb, call->conf.version, err);
	if (r < 0 && call->conf.is_lenient)
		cni_error_ignore(err); /* who made the attachment may have spoken that version */
	else if (r < 0)
		return r;
	r = netconf_read(&call->conf, err);
	if (r < 0 && plugin->config_words)
		cni_error_prefix(err, "%s", plugin->config_words);
	if (r < 0)
		return r;
	if (verb != VERB_DEL && verb != VERB_GC)
		r = refuse_list(&call->conf, err);
	if (r < 0)
		return r;
	if (verb == VERB_STATUS || verb == VERB_GC)
		call->args = ""; /* it tells of an attachment, and these are about none */
	if (verb == VERB_ADD)
		keys_warn(call->conf.json, plugin->name);
	return run_verb(plugin, call, verb, out, err);
}

static void finish(struct cni_call *call, bool is_delivered)
{
	if (call->pending)
		call->plugin->answered(call, is_delivered);
}

static void call_release(struct cni_call *call)
{
	netconf_release(&call->conf);
	text_release(&call->input);
	close_fd(&call->turn);
}

/* The exit status. */
static int answer(const struct cni_plugin *plugin, struct cni_call *call, enum cni_verb verb, int r,
		  const struct text *out, struct cni_error *err)
{
	if (r == 0 && out->len) {
		r = deliver(plugin, call, verb, out);
		finish(call, r == 0);
		if (r < 0)
			(void)cni_fail(err, CNI_ERR_IO, -r, "the result could not be written");
		return r < 0;
	}
	finish(call, false);
	if (r == 0)
		return 0;
	(void)cni_fail(err, CNI_ERR_INTERNAL, -r, "failed without a reason");
	print_error(err);
	return 1;
}

int cni_plugin_main(const struct cni_plugin *plugin, int count, char **arguments)
{
	cleanup_with(call_release) struct cni_call call = { .plugin = plugin, .turn = -1 };
	cleanup_error struct cni_error err = { 0 };
	cleanup_text struct text out = { 0 };
	enum cni_verb verb = VERB_NONE;
	int r;

	(void)clock_gettime(CLOCK_MONOTONIC, &call.started); /* no system call */
	file_occupy_closed();
	privileges_drop(plugin->privileges ? plugin->privileges : &privileges_attaching,
			plugin->delegates);
	heap_keep();
	signals_hold(&call.signal_mask);
	r = env_read(&call, &verb, &err);
	if (r == 0 && verb == VERB_NONE)
		return cni_plugin_help_wanted(count, arguments) ? print_help(plugin)
								: print_about(plugin);
	if (r == 0)
		r = run(plugin, &call, verb, &out, &err);
	r = answer(plugin, &call, verb, r, &out, &err);
	account_give(&call, &err);
	return r;
}
