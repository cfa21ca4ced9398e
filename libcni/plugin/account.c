/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which fields the line of a call has. */
#include "plugin/account.h"

#include <time.h>

#include "base/alloc.h"
#include "plugin/env.h"
#include "plugin/log.h"
#include "types/pod.h"

enum { TRACE_ID = 32 };

/* "" where nobody asked for a log. */
static const char *place_of(const struct cni_call *call)
{
	const char *variable = getenv("CNI_LOG");
	const cJSON *key;

	if (!text_is_empty(variable))
		return variable;
	key = json_get(call->conf.json, "log");
	return cJSON_IsString(key) ? key->valuestring : "";
}

/* "2026-11-27T19:35:10.123Z" */
static void add_time(struct log_line *line)
{
	struct timespec now = { 0 };
	struct tm parts = { 0 };
	char day[32] = "";
	cleanup_free char *text = NULL;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
	if (gmtime_r(&now.tv_sec, &parts))
		(void)strftime(day, sizeof(day), "%FT%T", &parts); /* it has room */
	text = xasprintf("%s.%03ldZ", day, now.tv_nsec / 1000000);
	log_add(line, "time", text);
}

/* What Kubernetes says of the pod; arguments that are not as they should be have none. */
static void add_pod(struct log_line *line, const char *text)
{
	cleanup_pod struct pod pod = { 0 };

	pod_read(text, &pod);
	log_add(line, "pod_namespace", pod.namespace);
	log_add(line, "pod_name", pod.name);
}

/* W3C Trace Context: 00-TRACE-PARENT-FLAGS, in small hexadecimal digits. */
static void add_trace(struct log_line *line, const char *text_or_null)
{
	cleanup_free char *id = NULL;

	if (!text_or_null || strcspn(text_or_null, "-") != 2)
		return;
	text_or_null += 3;
	if (strspn(text_or_null, "0123456789abcdef") != TRACE_ID || text_or_null[TRACE_ID] != '-' ||
	    strspn(text_or_null, "0") == TRACE_ID)
		return;
	id = xstrndup(text_or_null, TRACE_ID);
	log_add(line, "trace_id", id);
}

static long microseconds_since(struct timespec start)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
	return (now.tv_sec - start.tv_sec) * 1000000 + (now.tv_nsec - start.tv_nsec) / 1000;
}

/* "bridge ADD web/eth0 on containers: no free address" */
static char *sentence(const struct cni_call *call, const struct cni_error *err)
{
	cleanup_text struct text out = { 0 };
	const char *const parts[][2] = { { " ", call->container_id },
					 { "/", call->ifname },
					 { " on ", call->conf.name } };

	text_addf(&out, "%s %s", call->plugin->name, env_command());
	for (size_t i = 0; i < array_size(parts); i++)
		if (!text_is_empty(parts[i][1]))
			text_addf(&out, "%s%s", parts[i][0], parts[i][1]);
	text_addf(&out, ": %s", err->msg ? err->msg : "done");
	return xstrdup(out.s);
}

void account_give(const struct cni_call *call, const struct cni_error *err)
{
	const char *place = place_of(call);
	cleanup_log_line struct log_line line = { 0 };
	cleanup_free char *message = NULL;

	if (!*place)
		return;
	log_line_start(&line);
	add_time(&line);
	log_add(&line, "plugin", call->plugin->name);
	log_add(&line, "verb", env_command());
	log_add(&line, "network", call->conf.name);
	log_add(&line, "container", call->container_id);
	log_add(&line, "ifname", call->ifname);
	add_pod(&line, call->args);
	log_add_number(&line, "duration_us", microseconds_since(call->started));
	line.is_failure = cni_error_is_set(err);
	if (line.is_failure)
		log_add_number(&line, "code", (long)err->code);
	log_add(&line, "msg", err->msg);
	log_add(&line, "details", err->details);
	add_trace(&line, getenv("TRACEPARENT"));
	message = sentence(call, err);
	log_send(&line, place, message);
}
