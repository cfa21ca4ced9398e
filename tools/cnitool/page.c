/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A page with the picture in it: page.html, which the assembler takes into the program as it is. */
#include "sheet.h"

__asm__(".pushsection .rodata\n"
	"page:\t.incbin \"tools/cnitool/page.html\"\n"
	"\t.byte 0\n"
	".popsection\n");

extern const char page[] __attribute__((visibility("hidden")));

void draw_html(const struct drawing *drawing, struct text *out)
{
	static const char mark[] = "<!-- the picture -->\n";
	const char *place = strstr(page, mark);

	text_add_bytes(out, page, (size_t)(place - page));
	draw_svg(drawing, out);
	text_add(out, place + strlen(mark));
}
