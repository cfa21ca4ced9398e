/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fills, words and frees the error object. */
#include "base/error.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/foreign.h"
#include "base/warn.h"

/* Names of others in it reach terminals and logs with the error. */
static printf_like(1, 0) char *format_text(const char *format, va_list args)
{
	cleanup_free char *text = xvasprintf(format, args);

	return foreign_message(text);
}

/* glibc's strerror() would bring its translations into every static program. */
static const char *describe(int errnum)
{
#ifdef __GLIBC__
	return strerrordesc_np(errnum);
#else
	return strerror(errnum);
#endif
}

char *error_text(int errnum)
{
	const char *known = describe(errnum);
	char *text = known ? xstrdup(known) : xasprintf("error number %d", errnum);

	text[0] = (char)tolower((unsigned char)text[0]);
	return text;
}

int cni_vfail(struct cni_error *err, unsigned code, int errnum, const char *format, va_list args)
{
	int result = errnum ? -errnum : -EINVAL;
	cleanup_free char *text = NULL;
	cleanup_free char *reason = NULL;

	if (!err || err->msg)
		return result;
	text = format_text(format, args);
	err->code = code;
	if (errnum)
		reason = error_text(errnum);
	err->msg = errnum ? xasprintf("%s: %s", text, reason) : steal(&text);
	return result;
}

int cni_fail(struct cni_error *err, unsigned code, int errnum, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = cni_vfail(err, code, errnum, format, args);
	va_end(args);
	return r;
}

void cni_error_prefix(struct cni_error *err, const char *format, ...)
{
	cleanup_free char *text = NULL;
	cleanup_free char *old = NULL;
	va_list args;

	if (!err || !err->msg)
		return;
	va_start(args, format);
	text = format_text(format, args);
	va_end(args);
	old = err->msg;
	err->msg = xasprintf("%s: %s", text, old);
}

void cni_error_details(struct cni_error *err, const char *format, ...)
{
	cleanup_free char *text = NULL;
	cleanup_free char *old = NULL;
	va_list args;

	if (!err || !err->msg)
		return;
	va_start(args, format);
	text = format_text(format, args);
	va_end(args);
	old = err->details;
	err->details = old ? xasprintf("%s; %s", old, text) : steal(&text);
}

int cni_error_collect(struct cni_error *err, struct cni_error *more, int so_far, int result)
{
	if (result >= 0)
		return so_far;
	if (so_far < 0) {
		cni_error_details(err, "also: %s", more->msg ? more->msg : "unknown error");
		cni_error_release(more);
		return so_far;
	}
	cni_error_release(err);
	*err = *more;
	*more = (struct cni_error){ 0 };
	return result;
}

void cni_error_ignore(struct cni_error *err)
{
	if (!err)
		return;
	if (err->msg && err->details)
		cni_warn("ignored: %s (%s)", err->msg, err->details);
	else if (err->msg)
		cni_warn("ignored: %s", err->msg);
	cni_error_release(err);
}

void cni_error_release(struct cni_error *err)
{
	free(err->msg);
	free(err->details);
	*err = (struct cni_error){ 0 };
}
