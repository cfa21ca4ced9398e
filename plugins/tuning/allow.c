/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the allow list and its expressions. */
#include "allow.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <regex.h>

#include "base/alloc.h"
#include "base/file.h"

/* \d and its like are not POSIX's; \1 to \9 are no part of RE2. */
static int translate_escape(char letter, bool in_brackets, struct text *ret)
{
	const char *set = letter == 'd' ? "0-9" : letter == 'w' ? "0-9A-Za-z_" : NULL;

	if (set) {
		text_addf(ret, in_brackets ? "%s" : "[%s]", set);
		return 0;
	}
	if (!letter || isalnum((unsigned char)letter) || (in_brackets && strchr("]^-\\[", letter)))
		return -EINVAL;
	text_addf(ret, in_brackets ? "%c" : "\\%c", letter);
	return 0;
}

/* Behind the bracket that opens; the place of the one that closes, or NULL. */
static const char *translate_brackets(const char *s, struct text *ret)
{
	text_add(ret, "[");
	if (*s == '^')
		text_add_bytes(ret, s++, 1);
	if (*s == ']')
		return NULL;
	for (; *s && *s != ']'; s++) {
		if (*s == '[')
			return NULL;
		if (*s != '\\')
			text_add_bytes(ret, s, 1);
		else if (translate_escape(*++s, true, ret) < 0)
			return NULL;
	}
	text_add(ret, "]");
	return *s ? s : NULL;
}

static bool is_repetition(char c)
{
	return c == '*' || c == '+' || c == '?' || c == '}';
}

int allow_translate(const char *expression, struct text *ret)
{
	for (const char *s = expression; *s; s++) {
		if (*s == '\\') {
			if (translate_escape(*++s, false, ret) < 0)
				return -EINVAL;
		} else if (*s == '[') {
			s = translate_brackets(s + 1, ret);
			if (!s)
				return -EINVAL;
		} else if (*s == '(' && s[1] == '?') {
			if (s[2] != ':')
				return -EINVAL;
			text_add(ret, "(");
			s += 2;
		} else {
			text_add_bytes(ret, s, 1);
			if (is_repetition(*s) && s[1] == '?')
				s++; /* whether it matches is the same when it matches little */
		}
	}
	return 0;
}

static int fail_expression(const char *expression, const char *why, struct cni_error *err)
{
	int r = cni_fail(err, CNI_ERR_CONFIG, 0, "%s: \"%s\" cannot be used: %s", ALLOW_FILE,
			 expression, why);

	cni_error_details(err, "write it as a POSIX extended regular expression");
	return r;
}

/* Takes away from the keys that wait those which the expression matches. */
static int match_line(const char *expression, const char **waiting, size_t count,
		      struct cni_error *err)
{
	cleanup_text struct text posix = { 0 };
	char why[128];
	regex_t regex;
	int r;

	if (allow_translate(expression, &posix) < 0)
		return fail_expression(expression, "POSIX has no such syntax", err);
	r = regcomp(&regex, posix.s ? posix.s : "", REG_EXTENDED | REG_NOSUB);
	if (r) {
		(void)regerror(r, &regex, why, sizeof(why));
		return fail_expression(expression, why, err);
	}
	for (size_t i = 0; i < count; i++) {
		if (waiting[i] && regexec(&regex, waiting[i], 0, NULL, 0) == 0)
			waiting[i] = NULL;
	}
	regfree(&regex);
	return 0;
}

static char *trim(char *line)
{
	size_t size;

	while (isspace((unsigned char)*line))
		line++;
	for (size = strlen(line); size && isspace((unsigned char)line[size - 1]);)
		line[--size] = '\0';
	return line;
}

static int check_lines(char *lines, const char **waiting, size_t count, struct cni_error *err)
{
	cleanup_text struct text list = { 0 };
	char *rest = NULL;
	int r;

	for (char *line = strtok_r(lines, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		line = trim(line);
		if (!*line)
			continue;
		text_addf(&list, "%s%s", list.len ? " " : "", line);
		r = match_line(line, waiting, count, err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < count; i++) {
		if (!waiting[i])
			continue;
		r = cni_fail(err, CNI_ERR_CONFIG, 0, "Sysctl %s is not allowed by %s", waiting[i],
			     ALLOW_FILE);
		cni_error_details(err, "allowed is what one of these matches: [%s]",
				  list.s ? list.s : "");
		return r;
	}
	return 0;
}

int allow_check(const struct tuning_conf *conf, struct cni_error *err)
{
	cleanup_free const char **waiting = xcalloc(conf->count + 1, sizeof(*waiting));
	cleanup_text struct text lines = { 0 };
	char none[] = "";
	int r = conf->count ? file_read_at(AT_FDCWD, ALLOW_FILE, &lines) : -ENOENT;

	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return cni_fail(err, CNI_ERR_CONFIG, -r, "cannot read %s", ALLOW_FILE);
	for (size_t i = 0; i < conf->count; i++)
		waiting[i] = conf->sysctls[i].key;
	return check_lines(lines.s ? lines.s : none, waiting, conf->count, err);
}
