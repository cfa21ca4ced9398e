/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where delegates are found and what their endings mean. */
#include "plugin/delegate.h"

#include <ctype.h>
#include <errno.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/quote.h"
#include "plugin/spawn.h"
#include "types/json.h"
#include "types/name.h"

enum { CODE_UNKNOWN = 0 }; /* the reference's code for a delegate that left no error object */

static bool is_regular_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static int fail_not_found(const char *name, const char *path_list, struct cni_error *err)
{
	cleanup_free char *folders = xstrdup(path_list);
	int r;

	for (char *colon = folders; (colon = strchr(colon, ':'));)
		*colon = ' ';
	r = cni_fail(err, CNI_ERR_INTERNAL, 0, "failed to find plugin \"%s\" in path [%s]", name,
		     folders);
	cni_error_details(err, "install %s into one of the folders of CNI_PATH", name);
	return r;
}

/* Empty elements of the list are skipped: the reference would search PATH for them. */
int delegate_find(const char *name, const char *path_list, char **ret, struct cni_error *err)
{
	const char *folder = path_list;

	if (!*name)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "no plugin name provided");
	if (!name_is_of_file(name))
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "invalid plugin name: %s", name);
	while (*folder) {
		size_t size = strcspn(folder, ":");
		cleanup_free char *path = xasprintf("%.*s/%s", (int)size, folder, name);

		if (size && is_regular_file(path)) {
			*ret = steal(&path);
			return 0;
		}
		folder += size + (folder[size] == ':');
	}
	return fail_not_found(name, path_list, err);
}

/* "exit status 7" or "signal: killed" */
static char *word_ending(const struct spawned *child)
{
	char *text;

	if (!child->signal)
		return xasprintf("exit status %d", child->exit_status);
	text = xasprintf("signal: %s", strsignal(child->signal));
	for (char *c = text + sizeof("signal: ") - 1; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return text;
}

static int fail_without_object(const struct spawned *child, struct cni_error *err)
{
	cleanup_free char *ending = word_ending(child);
	cleanup_text struct text quoted = { 0 };

	if (!child->errors.len)
		return cni_fail(err, CODE_UNKNOWN, 0, "netplugin failed with no error message: %s",
				ending);
	quote_add(&quoted, child->errors.s, child->errors.len);
	return cni_fail(err, CODE_UNKNOWN, 0, "netplugin failed: %s: %s", quoted.s, ending);
}

static int fail_unreadable(const struct text *output, const char *why, struct cni_error *err)
{
	cleanup_text struct text quoted = { 0 };

	quote_add(&quoted, output->s, output->len);
	return cni_fail(err, CODE_UNKNOWN, 0,
			"netplugin failed but error parsing its diagnostic message %s: %s",
			quoted.s, why);
}

static const char *string_of(const cJSON *object, const char *key)
{
	const cJSON *value = json_get(object, key);

	return cJSON_IsString(value) ? value->valuestring : "";
}

static int pass_on_error(const struct spawned *child, struct cni_error *err)
{
	cleanup_json cJSON *json = NULL;
	cleanup_free char *why = NULL;
	const cJSON *code_value;
	long code = 0;
	int r;

	if (!child->output.len)
		return fail_without_object(child, err);
	if (json_parse(child->output.s, child->output.len, &json, &why) < 0)
		return fail_unreadable(&child->output, why, err);
	code_value = json_get(json, "code");
	if (!cJSON_IsObject(json) ||
	    (code_value && (!json_is_integer(code_value, &code) || code < 0)))
		return fail_unreadable(&child->output, "it is no CNI error object", err);
	if (child->signal && !*string_of(json, "msg"))
		return fail_without_object(child, err); /* it had printed its result already */
	r = cni_fail(err, (unsigned)code, 0, "%s", string_of(json, "msg"));
	if (*string_of(json, "details"))
		cni_error_details(err, "%s", string_of(json, "details"));
	return r;
}

static int fail_wait(int r, const char *name, struct cni_error *err)
{
	if (r == -EINTR)
		return cni_fail(err, CNI_ERR_TRY_LATER, EINTR,
				"terminated while waiting for the plugin %s", name);
	if (r == -EFBIG)
		(void)cni_fail(err, CODE_UNKNOWN, 0,
			       "the plugin %s printed more than %d bytes and was ended", name,
			       FILE_READ_MAX);
	(void)cni_fail(err, CODE_UNKNOWN, -r, "failed to wait for the plugin %s", name);
	return -ECANCELED;
}

int delegate_start(const struct delegate *delegate, struct child *ret, struct cni_error *err)
{
	cleanup_free char *path = NULL;
	int r;

	r = delegate_find(delegate->name, delegate->path, &path, err);
	if (r < 0)
		return r;
	r = spawn_start(&(struct spawn){ .path = path,
					 .set_variables = delegate->set_variables,
					 .input = delegate->input,
					 .signal_mask = delegate->signal_mask },
			ret);
	if (r == -EINTR)
		return fail_wait(r, delegate->name, err);
	if (r < 0)
		return cni_fail(err, CODE_UNKNOWN, -r,
				"netplugin failed with no error message: fork/exec %s", path);
	return 0;
}

int delegate_finish(const struct delegate *delegate, struct child *child, struct text *ret_output,
		    struct cni_error *err)
{
	cleanup_spawned struct spawned spawned = { 0 };
	int r;

	r = child_wait(child, &spawned);
	if (r < 0)
		return fail_wait(r, delegate->name, err);
	if (spawned.signal || spawned.exit_status) {
		r = pass_on_error(&spawned, err);
		return spawned.signal ? -ECANCELED : r;
	}
	ignore(file_write_fd(STDERR_FILENO, spawned.errors.s,
			     spawned.errors.len)); /* best effort */
	*ret_output = spawned.output;
	spawned.output = (struct text){ 0 };
	return 0;
}

int delegate_run(const struct delegate *delegate, struct text *ret_output, struct cni_error *err)
{
	stop_child struct child child = { 0 };

	return delegate_start(delegate, &child, err)
		       ?: delegate_finish(delegate, &child, ret_output, err);
}

int delegate_call(struct cni_call *call, const char *name, const char *verb,
		  struct text *ret_output, struct cni_error *err)
{
	cleanup_free char *command = xasprintf("CNI_COMMAND=%s", verb);
	const char *const variables[] = { command, NULL };

	return delegate_run(&(struct delegate){ .name = name,
						.path = call->path,
						.set_variables = variables,
						.input = &call->input,
						.signal_mask = &call->signal_mask },
			    ret_output, err);
}
