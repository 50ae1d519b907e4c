# shellcheck shell=bash
# What the tests of flow-pr share: a repository with a bare one as its remote, branches as flow makes them, and forges
# that check each request against the forge's own description (forge/flow-forge-server).

TOKEN=a-token-of-the-test-0123456789

setup() {
    common_setup
    remote=$BATS_TEST_TMPDIR/owner/name.git
    fork=$BATS_TEST_TMPDIR/me/name.git
    git init -q --bare -b main "$remote"
    new_repository
    printf 'one\ntwo\nthree\n' >a.txt
    printf 'one\n' >b.txt
    commit_all 'begin'
    git remote add origin "$remote"
    git push -q origin main
    state=$BATS_TEST_TMPDIR/state
    unset GITHUB_TOKEN GH_TOKEN GITLAB_TOKEN GITEA_TOKEN FORGEJO_TOKEN http_proxy https_proxy HTTPS_PROXY all_proxy \
        ALL_PROXY
}

teardown() {
    stop_forge
    # What the forge would not have taken, or our picture of it did not fit.
    [ ! -e "$state/violations" ] || { cat "$state/violations" >&2 && return 1; }
}

# forge KIND: starts one and makes it that of the repository.
forge() {
    local fork_name=${fork#"$BATS_TEST_TMPDIR/"}
    fork_name=${fork_name%.git}
    rm -rf "$state"
    mkdir -p "$state"
    mkfifo "$state/port"
    "$FLOW_SOURCE_DIR/tests/cli/forge/flow-forge-server" "$1" --repository "$remote" --project owner/name \
        --fork "$fork_name" --fork-repository "$fork" --token "$TOKEN" --state "$state" >"$state/port" 3>&- &
    server=$!
    read -r number <"$state/port"
    git config flow.pr.forge "$1"
    git config flow.pr.url "http://127.0.0.1:$number$(root_of "$1")"
    export GITHUB_TOKEN=$TOKEN GITLAB_TOKEN=$TOKEN GITEA_TOKEN=$TOKEN
}

root_of() {
    case $1 in
    gitlab) printf /api/v4 ;;
    gitea) printf /api/v1 ;;
    esac
}

stop_forge() {
    if [[ ${server:-} ]]; then
        kill "$server"
        wait "$server" || true
        server=
    fi
}

# change NAME FILE LINE [BODY]: the branch flow/optimize/NAME with one commit that replaces the first line of FILE.
change() {
    git switch -q -c "flow/optimize/$1" main
    sed -i "1s/.*/$3/" "$2"
    git commit -q -a -m "$2: say $3" -m "${4:-It is shorter.}" \
        -m $'Flow-Job: optimize\nFlow-Pass: words\nFlow-Tests: 12 passed, none new\nFlow-Cost: $0.2500, 3 calls, 99 tokens'
    git switch -q main
}

# cell BRANCH COLUMN: a cell of what the last run printed.
cell() {
    awk -F'\t' -v branch="flow/optimize/$1" -v column="$2" \
        'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } $1 == branch { print $at[column] }' <<<"$output"
}

# pulls FILTER: what jq says about the open pull requests.
pulls() {
    jq -r "$1" "$state/pulls.json"
}

# writes: how many requests changed something.
writes() {
    jq -s 'map(select(.method != "GET")) | length' "$state/journal"
}

# fault JSON…: what the forge does wrong next.
fault() {
    local all
    all=$(printf '%s,' "$@")
    printf '[%s]\n' "${all%,}" >"$state/faults"
}

pushed() {
    git -C "$remote" rev-parse --verify --quiet "refs/heads/flow/optimize/$1"
}

# each_forge FUNCTION: calls it with each kind of forge, in a repository whose branches nobody has seen.
each_forge() {
    local kind place
    for kind in github gitlab gitea; do
        printf '%s\n' "$kind"
        for place in "$remote" "$fork"; do
            [ ! -d "$place" ] ||
                git -C "$place" for-each-ref --format='delete %(refname)' refs/heads/flow | git -C "$place" update-ref --stdin
        done
        forge "$kind"
        "$1" "$kind"
        stop_forge
        [ ! -e "$state/violations" ]
    done
}
