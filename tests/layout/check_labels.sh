#!/bin/sh
# Checks that the comments of the code and the table in docs/memory-model.md name the same ordered
# accesses. A label is one capital letter and one digit. Usage: check_labels.sh [TOP]
#
# It fails when
#   - a label in a comment has no row, or a row names a file whose comments do not have the label;
#   - a comment begins with a label, which marks an access (but "A1 in FILE" speaks of another place),
#     and there is no row for label and file;
#   - "A1 pairs with B1" is said in a comment and the row of A1 does not name B1;
#   - a row names a partner that has no row, does not name it back, or never stands beside it in a
#     comment;
#   - a comment says "A1 in FILE", and there is no row for label and file;
#   - the model uses a label without a row, or a letter of the table has no section of its own.
set -eu
top=${1:-$(cd "$(dirname "$0")/../.." && pwd)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

# Each block comment on a line of its own, after its file and a tab. Pictures are left out: they
# have no ordered access, and P5 and P6 are kinds of PNM files there.
cd "$top/common/src"
find . -path ./image -prune -o -name '*.[ch]' -print | sed 's|^\./||' | sort >"$work/files"
while read -r file; do
  awk -v file="$file" '
    {
      line = $0
      while (line != "") {
        if (!inside) {
          begin = index(line, "/*")
          if (begin == 0) break
          inside = 1
          text = ""
          line = substr(line, begin + 2)
        } else if ((end = index(line, "*/")) > 0) {
          print file "\t" text " " substr(line, 1, end - 1)
          inside = 0
          line = substr(line, end + 2)
        } else {
          sub(/^ *\* ?/, "", line)
          text = text " " line
          line = ""
        }
      }
    }' "$file"
done <"$work/files" | sed 's/\t  */\t/; s/   */ /g' >"$work/comments"
[ -s "$work/comments" ] || { echo "no comments found below $top/common/src" >&2; exit 1; }

grep -oE '[A-Z][0-9] in [a-z_]+[.]c' "$work/comments" | sort -u >"$work/places"
while read -r label _ file; do
  grep -qE "^[|] $label [|] .([a-z]*/)*$file. [|]" "$top/docs/memory-model.md" || {
    echo "comment: $label in $file, where it has no row"
    touch "$work/misplaced"
  }
done <"$work/places"
[ ! -e "$work/misplaced" ] || exit 1

awk -v table="$top/docs/memory-model.md" -v model="$top/tests/model/channel.pml" '
  function complain(text) {
    print text
    faults++
  }

  # Fills found[1..n] with the labels of a text, in order; returns n.
  function labels_of(text, found,    n, at, before, after) {
    n = 0
    while ((at = match(text, /[A-Z][0-9]/)) > 0) {
      before = at > 1 ? substr(text, at - 1, 1) : " "
      after = substr(text, at + 2, 1)
      if (before !~ /[A-Za-z0-9_]/ && after !~ /[A-Za-z0-9_]/) found[++n] = substr(text, at, 2)
      text = " " substr(text, at + 2)
    }
    return n
  }

  function read_row(line,    cell, n, i, label, file, partner) {
    split(line, cell, / *\| */)
    label = cell[2]
    file = cell[3]
    gsub(/`/, "", file)
    row[label] = 1
    site[label, file] = 1
    rows++
    n = labels_of(cell[6], partner)
    for (i = 1; i <= n; i++) partners[label, partner[i]] = 1
  }

  BEGIN {
    FS = "\t"
    while ((getline line <table) > 0) {
      if (line ~ /^\| [A-Z][0-9] \|/) read_row(line)
      if (line ~ /^### [A-Z]:/) section[substr(line, 5, 1)] = 1
    }
    if (rows == 0) complain("docs/memory-model.md has no table of labels")
  }

  {
    n = labels_of($2, found)
    for (i = 1; i <= n; i++) {
      used[found[i]] = $1
      named[found[i], $1] = 1
      for (j = 1; j <= n; j++) together[found[i], found[j]] = 1
    }
    if ($2 ~ /^[A-Z][0-9][^A-Za-z0-9_]/ && $2 !~ /^[A-Z][0-9] in / && !((substr($2, 1, 2), $1) in site))
      complain($1 ": " substr($2, 1, 2) " has no row for this file")
    text = $2
    while ((at = match(text, /[A-Z][0-9] pairs with [A-Z][0-9]/)) > 0) {
      one = substr(text, at, 2)
      other = substr(text, at + RLENGTH - 2, 2)
      if (!((one, other) in partners)) complain($1 ": " one " pairs with " other ", says a comment only")
      text = substr(text, at + RLENGTH - 2)
    }
  }

  END {
    for (label in used)
      if (!(label in row)) complain(used[label] ": " label " has no row in the table")
    for (key in site) {
      split(key, part, SUBSEP)
      if (!(key in named)) complain("table: " part[1] " is not in a comment of " part[2])
    }
    for (key in partners) {
      split(key, part, SUBSEP)
      if (!(part[2] in row)) complain("table: " part[1] " names " part[2] ", which has no row")
      if (!((part[2], part[1]) in partners)) complain("table: " part[2] " does not name " part[1])
      if (!(key in together)) complain("table: no comment names " part[1] " and " part[2] " together")
    }
    while ((getline line <model) > 0) {
      lines++
      n = labels_of(line, found)
      for (i = 1; i <= n; i++)
        if (!(found[i] in row)) complain("model: " found[i] " has no row in the table")
    }
    if (lines == 0) complain("no model at " model)
    for (label in row) {
      labels++
      if (!(substr(label, 1, 1) in section)) complain("no section for " substr(label, 1, 1))
    }
    if (faults > 0) exit 1
    print labels " labels, " rows " accesses: code and table agree"
  }' "$work/comments" >"$work/verdict" || { sort -u "$work/verdict" >&2; exit 1; }
cat "$work/verdict"
