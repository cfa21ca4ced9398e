# SPDX-License-Identifier: GPL-2.0-or-later
# Adds up what llvm-cov exports: a table of lines and branches per file and per folder; the lines that nothing reached go
# to the file `missing`.

function row(name, hit, all, branch_hit, branch_all) {
	printf "%6.1f %% %6d/%-6d %6.1f %% %6d/%-6d %s\n", all ? 100 * hit / all : 100, hit, all, \
		branch_all ? 100 * branch_hit / branch_all : 100, branch_hit, branch_all, name
}

function add(name) {
	hits[name] += hit
	lines[name] += all
	branch_hits[name] += branch_hit
	branches[name] += branch_all
}

function end_range() {
	if (from)
		never = never " " (from == to ? from : from "-" to)
	from = 0
}

BEGIN { FS = "[:,]"; print "lines                   branches" }
/^SF:/ { name = $2; hit = all = branch_hit = branch_all = from = 0; never = "" }
/^DA:/ {
	all++
	if ($3 > 0) {
		hit++
		end_range()
	} else {
		to = $2
		from = from ? from : $2
	}
}
/^BRDA:/ { branch_all++; if ($5 != "-" && $5 > 0) branch_hit++ }
/^end_of_record/ {
	if (name !~ /^(libcni|plugins|ipam|tools)\//)
		next
	end_range()
	if (never)
		print name ":" never >missing
	row(name, hit, all, branch_hit, branch_all)
	group = name
	sub(/\/.*/, "", group)
	add(group)
	if (group != "tools")
		add("all but tools")
}
END {
	print ""
	for (group in lines)
		row(group, hits[group], lines[group], branch_hits[group], branches[group])
}
