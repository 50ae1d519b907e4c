#!/usr/bin/env bats
# Help, man page and behaviour of every tool say the same. Each test goes over all tools that were built.

load setup

page_of() {
    printf '%s\n' "$FLOW_SOURCE_DIR/tools/$1/$1.1"
}

all_tools() {
    printf 'flow\n'
    tools
}

# each_tool FUNCTION: calls it with the name of each tool. It is not called as part of a condition, since bash would
# then go on behind the checks that fail in it.
each_tool() {
    local tool
    for tool in $(all_tools); do
        printf '%s\n' "$tool"
        "$1" "$tool"
    done
}

# help_section TOOL TITLE: the lines of one section of --help.
help_section() {
    "$1" --help | sed -n "/^$2:\$/,/^\$/p" | sed '1d;/^$/d'
}

# page_section PAGE TITLE: the source lines of one section of a page.
page_section() {
    awk -v title="$2" '/^\.Sh / { inside = (substr($0, 5) == title); next } inside' "$1"
}

# rendered_section PAGE TITLE: the same as plain text, on one line.
rendered_section() {
    mandoc -T ascii -O width=1000 "$1" | sed 's/.\x08//g' |
        awk -v title="$2" '/^[A-Z]/ { inside = ($0 == title); next } inside && NF { $1 = $1; print }'
}

has_page() {
    [ -f "$(page_of "$1")" ]
}

@test "every tool has a man page" {
    each_tool has_page
}

@test "mandoc has nothing to say about any page" {
    local pages
    mapfile -t pages < <(compgen -G "$FLOW_SOURCE_DIR/tools/*/*.[1-9]")
    mandoc -Tlint -W warning "${pages[@]}"
}

# A quote ends with its macro's line, and what mandoc puts behind a comma inside of it would be quoted as well.
@test "no page quotes more than the words that are meant" {
    run -1 grep -nE '^\..*\b(Ql|Sq|Dq) ([^ ]+ )+(No|[,;:]) [^ ]' "$FLOW_SOURCE_DIR"/tools/*/*.[1-9]
}

same_summary() {
    diff -u <("$1" --help | sed -n "s/^$1 - //p") <(sed -n 's/^\.Nd //p' "$(page_of "$1")")
}

@test "the summary in help and the one in the page are the same" {
    each_tool same_summary
}

same_usage() {
    diff -u <("$1" --help | awk 'NF == 0 { exit } { sub(/^(usage:)? */, ""); print }') \
        <(rendered_section "$(page_of "$1")" SYNOPSIS)
}

@test "the usage line and the SYNOPSIS are the same" {
    each_tool same_usage
}

# The heads of options as help writes them: "-j, --jobs=N".
help_options() {
    help_section "$1" options | sed -nE 's/^  (-., |    )(--[^ ]+).*/\1\2/p' | sed 's/^ *//'
}

# .It Fl j , Fl -jobs Ns = Ns Ar N  ->  -j, --jobs=N
page_options() {
    sed -nE '/^\.It Fl /{s/^\.It //;s/ Ns = Ns Ar /=/;s/ , Fl /, -/;s/^Fl /-/;p}' "$(page_of "$1")"
}

same_options() {
    diff -u <(help_options "$1") <(page_options "$1")
}

@test "the options in help and in the page are the same, in the same order" {
    each_tool same_options
}

same_table() {
    diff -u <(help_options "$1" | sed -E 's/^-., //;s/=.*//') <("$1" --flow-options | awk -F'\t' 'NR > 1 { print "--" $2 }')
}

@test "the table that completion is made from has the same options" {
    each_tool same_table
}

same_statuses() {
    diff -u <(help_section "$1" 'exit status' | awk '{ print $1 }') \
        <(page_section "$(page_of "$1")" 'EXIT STATUS' | sed -nE 's/^\.It ([0-9]+)$/\1/p')
}

@test "the exit statuses in help and in the page are the same" {
    each_tool same_statuses
}

@test "every setting that is read stands in a page" {
    local key missing=''
    for key in $(cd "$FLOW_SOURCE_DIR" && grep -rhoE --include='*.c' '"[a-z]+\.[a-z.-]+"' lib tools | tr -d '"' | sort -u |
        grep -E '^(agent|analyze|fix|init|lifetimes|model|optimize|plan|port|pr|prove|review|sandbox)\.' | grep -vE '\.[ch]$'); do
        grep -qE "(^|[^a-z.-])${key//./\\.}([^a-z-]|\$)" "$FLOW_SOURCE_DIR"/tools/*/*.[17] || missing+="$key "
    done
    printf '%s\n' "$missing"
    [ -z "$missing" ]
}

@test "every setting that is read is known, so that no warning comes of it" {
    local key unknown='' table=$FLOW_SOURCE_DIR/lib/config/known.c
    for key in $(cd "$FLOW_SOURCE_DIR" && grep -rhoE --include='*.c' '"[a-z]+\.[a-z.-]+"' lib tools | tr -d '"' | sort -u |
        grep -E '^(agent|analyze|fix|init|lifetimes|model|optimize|plan|port|pr|prove|review|sandbox)\.' | grep -vE '\.[ch]$'); do
        grep -qF "\"$key\"" "$table" || unknown+="$key "
    done
    for key in $(sed -nE 's/^\.It Cm ([a-z-]+\.[a-z. ,-]+)$/\1/p' "$FLOW_SOURCE_DIR"/tools/*/*.[17] | tr -d ' ' | tr , '\n'); do
        grep -qF "\"$key\"" "$table" || unknown+="$key "
    done
    printf '%s\n' "$unknown"
    [ -z "$unknown" ]
}

same_examples() {
    diff -u <(help_section "$1" examples | grep -v '^  # ' | sed 's/^ *//') \
        <(rendered_section "$(page_of "$1")" EXAMPLES | sed -n 's/^\$ //p')
}

@test "the examples in help and in the page are the same" {
    each_tool same_examples
}

helps() {
    run --separate-stderr -0 "$1" --help
    [ -z "$stderr" ]
    [[ ${lines[0]} == "usage: $1"* ]]
    local long=$output
    run --separate-stderr -0 "$1" -h
    [ "$output" = "$long" ]
    # Wider lines would wrap on a common terminal.
    [ -z "$(grep -E '^.{81,}' <<<"$long" | tee /dev/stderr)" ]
}

@test "help goes to standard output, succeeds, and fits 80 columns" {
    each_tool helps
}

tells_version() {
    run --separate-stderr -0 "$1" --version
    [ -z "$stderr" ]
    [[ $output =~ ^"$1"\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
    local long=$output
    run --separate-stderr -0 "$1" -V
    [ "$output" = "$long" ]
}

@test "the version goes to standard output and succeeds" {
    each_tool tells_version
}

refuses() {
    local word
    for word in --no-such-option --versio -~; do
        run --separate-stderr -2 "$1" "$word"
        [ -z "$output" ]
        [ "$stderr" = "$1: unknown option '$word'
try '$1 --help'" ]
    done
}

@test "an unknown or abbreviated option is one line of error and a way out" {
    each_tool refuses
}

reports_full_disk() {
    run --separate-stderr -3 bash -c "$1 --help >/dev/full"
    [ "$stderr" = "$1: cannot write standard output: No space left on device" ]
}

@test "a full disk is not taken for success" {
    each_tool reports_full_disk
}
