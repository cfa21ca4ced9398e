/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The life of a cnitool process: command line, environment, verb, output, exit status. */
#include <errno.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/foreign.h"
#include "base/signals.h"
#include "tool.h"

static const char *variable(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return text_is_empty(value) ? otherwise : value;
}

static void print_error(const struct cni_error *err)
{
	cleanup_text struct text text = { 0 };

	foreign_add_message(&text, err->msg); /* of any plugin */
	if (!text_is_empty(err->details)) {
		text_add(&text, "; ");
		foreign_add_message(&text, err->details);
	}
	text_add(&text, "\n");
	ignore(file_write_fd(STDERR_FILENO, text.s, text.len)); /* nobody else could be told */
}

static int print_out(const struct text *out, struct cni_error *err)
{
	int r = out->len ? file_write_fd(STDOUT_FILENO, out->s, out->len) : 0;

	if (r == 0)
		return 0;
	(void)cni_fail(err, CNI_ERR_IO, -r, "failed to write to stdout");
	cni_error_details(err, "the command itself was carried out");
	return r;
}

static void tool_release(struct tool *tool)
{
	free(tool->arguments);
	text_release(&tool->out);
}

int main(int argc, char **argv)
{
	cleanup_with(tool_release) struct tool tool = { 0 };
	cleanup_error struct cni_error err = { 0 };
	int r;

	file_occupy_closed();
	signals_hold(&tool.signal_mask);
	tool.folder = variable("NETCONFPATH", DEFAULT_FOLDER);
	tool.runtime = (struct runtime){ .path = variable("CNI_PATH", DEFAULT_PATH),
					 .cache = CACHE_FOLDER,
					 .signal_mask = &tool.signal_mask };
	r = read_command_line(&tool, argc, argv);
	if (r == 1)
		return EXIT_USAGE;
	r = r == 0 ? tool.verb->run(&tool, &err) : 0;
	if (print_out(&tool.out, &err) < 0 && r >= 0)
		r = -EIO;
	if (r >= 0)
		return r;
	(void)cni_fail(&err, CNI_ERR_INTERNAL, -r, "failed without a reason");
	if ((r == -EACCES || r == -EPERM) && geteuid() != 0 && text_is_empty(err.details))
		cni_error_details(&err, "cnitool is for root: sudo cnitool ...");
	print_error(&err);
	return tool.failure ? tool.failure : EXIT_FAILURE;
}
