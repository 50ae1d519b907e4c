#!/usr/bin/env bats
# flow-pr, where a forge says no or is away, where tokens come from, and where they go.

load setup
load pr

#
# Forges that say no.
#

# ends WORDS…: the run ends with this in its error, nothing is open, and the next run opens it.
ends() {
    run --separate-stderr -3 flow-pr --yes
    local word
    for word in "$@"; do
        [[ $stderr == *"$word"* ]]
    done
    rm -f "$state/faults"
    run --separate-stderr -0 flow-pr --yes
    [ "$(cell ash state)" = created ]
    [ "$(pulls length)" = 1 ]
}

says_no_at_once() {
    GITHUB_TOKEN=wrong-0123456789 GITLAB_TOKEN=wrong-0123456789 GITEA_TOKEN=wrong-0123456789 \
        run --separate-stderr -3 flow-pr --yes
    [[ $stderr == *'cannot list the open pull requests at 127.0.0.1:'*': HTTP 401: Bad credentials; the token is that of '*'_TOKEN: is it still valid?'* ]]
    run -1 pushed ash
    fault '{"path": "", "status": 404, "body": "{\"message\": \"Not Found\"}"}'
    run --separate-stderr -3 flow-pr --yes
    [[ $stderr == *"HTTP 404: Not Found; there is no 'owner/name' there, or the token of "*' may not see it'* ]]
    fault '{"path": "", "status": 301, "headers": {"Location": "https://elsewhere.example/x"}}'
    run --separate-stderr -3 flow-pr --yes
    [[ $stderr == *'HTTP 301; it has moved to https://elsewhere.example/x: correct the address of the remote'* ]]
    fault '{"path": "", "status": 200, "body": "<html>"}'
    run --separate-stderr -3 flow-pr --yes
    [[ $stderr == *"is no $1: the list of pull requests is not one"* ]]
    fault '{"path": "", "status": 403, "method": "POST", "body": "{\"message\": \"Resource not accessible\"}"}'
    ends 'HTTP 403: Resource not accessible; the token of ' 'needs the right to write pull requests of owner/name'
}

@test "a token that is wrong or may not, and a project that is not there, are said with the way out" {
    change ash a.txt green
    each_forge says_no_at_once
}

says_no_to_one() {
    fault '{"path": "", "status": 422, "method": "POST", "body": "{\"message\": \"Validation Failed\", \"errors\": [{\"message\": \"Draft pull requests are not supported\"}]}"}'
    run --separate-stderr -1 flow-pr --yes
    [ "$(cell ash state)" = refused ]
    [[ $(cell ash why) == *'HTTP 422: Validation Failed, Draft pull requests are not supported' ]]
    [ "$(cell elm state)" = created ]
    run --separate-stderr -0 flow-pr --yes
    [ "$(cell ash state)" = created ]
    [ "$(pulls length)" = 2 ]
}

@test "what the forge does not like about one branch is about that one" {
    change ash a.txt green
    change elm b.txt red
    each_forge says_no_to_one
}

is_throttled() {
    # A short wait is waited for, whichever way it is said; nothing is done twice.
    fault '{"path": "", "status": 429, "method": "POST", "headers": {"Retry-After": 0}}' \
        '{"path": "", "status": 429, "method": "GET", "headers": {"Retry-After": "Thu, 01 Jan 2026 00:00:00 GMT"}}'
    run --separate-stderr -0 flow-pr --yes
    [ "$(cell ash state)" = created ]
    [ "$(pulls length)" = 1 ]
    # A long one is said.
    fault '{"path": "", "status": 429, "headers": {"Retry-After": "Tue, 01 Jan 2036 00:00:00 GMT"}}'
    run --separate-stderr -3 flow-pr --yes
    [[ $stderr == *'its rate limit is used up until 2036-01-01T00:00:00Z; run it again then'* ]]
    fault '{"path": "", "status": 403, "headers": {"X-RateLimit-Remaining": 0, "X-RateLimit-Reset": 2082758400}}'
    run --separate-stderr -3 flow-pr --yes
    [[ $stderr == *'its rate limit is used up until 2036-01-01T00:00:00Z'* ]]
    fault '{"path": "", "status": 429, "headers": {"RateLimit-Remaining": 0, "RateLimit-Reset": 2082758400}}'
    run --separate-stderr -3 flow-pr --yes
    [[ $stderr == *'its rate limit is used up until 2036-01-01T00:00:00Z'* ]]
}

@test "a rate limit is waited for or said, by each way in which forges say it" {
    change ash a.txt green
    each_forge is_throttled
}

is_down() {
    # Reading is tried three times.
    fault '{"path": "", "status": 503, "times": 2, "body": "<html>busy</html>"}'
    run --separate-stderr -0 flow-pr --dry-run
    fault '{"path": "", "status": 503, "times": 3, "body": "<html>busy</html>"}'
    run --separate-stderr -3 flow-pr --yes
    [[ $stderr == *'cannot list the open pull requests at '*': HTTP 503; run it again when the server is well'* ]]
    # Writing is not repeated; what did not happen is done by the next run,
    fault '{"path": "", "status": 502, "method": "POST"}'
    ends 'HTTP 502; run it again when the server is well'
}

@test "a server that is busy is asked again where that is safe, and the next run continues" {
    change ash a.txt green
    each_forge is_down
}

loses_answers() {
    fault "{\"path\": \"\", \"status\": 504, \"method\": \"POST\", \"after\": true}"
    run --separate-stderr -0 flow-pr --yes
    [[ $(cell ash url) == https://forge.example/* ]]
    [ "$(pulls length)" = 1 ]
    fault "{\"path\": \"\", \"method\": \"POST\", \"after\": true, \"drop\": true}"
    git push -q origin :flow/optimize/ash
    printf '[]' >"$state/pulls.json"
    run --separate-stderr -0 flow-pr --yes
    [ "$(pulls length)" = 1 ]
    run --separate-stderr -0 flow-pr --yes
    [ "$(cell ash state)" = unchanged ]
    # One that somebody opened in between is found as well.
    git push -q origin :flow/optimize/ash
    fault "{\"path\": \"\", \"method\": \"GET\", \"status\": 200, \"body\": \"[]\"}"
    run --separate-stderr -0 flow-pr --yes
    [ "$(pulls length)" = 1 ]
}

@test "a pull request whose answer was lost is found, not opened twice" {
    change ash a.txt green
    each_forge loses_answers
}

@test "a forge that is down is said, and the next run continues" {
    change ash a.txt green
    forge github
    local url
    url=$(git config flow.pr.url)
    git config flow.pr.url http://127.0.0.1:1
    run --separate-stderr -3 flow-pr --yes
    [[ $stderr == *'cannot list the open pull requests at 127.0.0.1:1: '*'is the server up, and the network? run it again then'* ]]
    git config flow.pr.url "$url"
    run --separate-stderr -0 flow-pr --yes
    [ "$(cell ash state)" = created ]
}

#
# Tokens and places.
#

@test "a token comes from git's credential helpers where the environment has none, and is never shown" {
    change ash a.txt green
    forge github
    unset GITHUB_TOKEN GITLAB_TOKEN GITEA_TOKEN
    run --separate-stderr -3 flow-pr --yes
    [[ $stderr == *"no token for 127.0.0.1:$number: set GITHUB_TOKEN or GH_TOKEN, or give git a credential helper that knows one for 127.0.0.1:$number"* ]]
    git config credential.helper "!f() { cat >'$PWD/asked'; printf 'username=x\\npassword=$TOKEN\\n'; }; f"
    run --separate-stderr -0 flow-pr --yes
    [ "$(cell ash state)" = created ]
    grep -qx "host=127.0.0.1:$number" asked
    [[ $stderr != *"$TOKEN"* && $output != *"$TOKEN"* ]]
    fault "{\"path\": \"\", \"status\": 400, \"body\": \"{\\\"message\\\": \\\"what is $TOKEN\\\"}\"}"
    run --separate-stderr -3 flow-pr --yes
    [[ $stderr == *'what is [key]'* ]]
    [[ $stderr != *"$TOKEN"* ]]
    run -1 grep -rq "$TOKEN" .git/flow
}

@test "a repository does not say where a token goes" {
    change ash a.txt green
    forge github
    mkdir .flow
    local key
    for key in pr.forge pr.url pr.remote; do
        git config -f .flow/config "$key" x
        run --separate-stderr -5 flow-pr --yes
        [[ $stderr == *'a committed file may not set'* ]]
        rm .flow/config
    done
    git config --unset flow.pr.forge
    git remote set-url origin https://somebody:secret-word@git.example/owner/name.git
    git config flow.pr.forge sourcehut
    run --separate-stderr -3 flow-pr --yes
    [[ $stderr == *"'sourcehut' is no forge"* ]]
}

@test "a forge that nobody named is not guessed" {
    change ash a.txt green
    forge github
    git config --unset flow.pr.forge
    run --separate-stderr -3 flow-pr --yes
    [[ $stderr == *"what forge '$remote' is at is not known: say github, gitlab, gitea or patch with --forge"* ]]
}

@test "the policy of the machine holds for the remote and for the forge" {
    change ash a.txt green
    forge github
    PATH=${FLOW_POLICED_DIR:=$FLOW_SOURCE_DIR/build/dev/tests/cli/policed}:$PATH
    mkdir -m 755 "$BATS_TEST_TMPDIR/etc"
    export POLICY_OF_THE_TEST=$BATS_TEST_TMPDIR/etc/policy
    printf '[policy]\n\thosts = github.com\n' >"$POLICY_OF_THE_TEST"
    chmod 644 "$POLICY_OF_THE_TEST"
    run --separate-stderr -5 flow-pr --yes
    [[ $stderr == *"does not allow to send anything to '127.0.0.1'"* ]]
    git remote set-url --push origin ssh://git@git.example:22/owner/name.git
    run --separate-stderr -5 flow-pr --yes
    [[ $stderr == *"does not allow to send anything to 'git.example'"* ]]
    git remote set-url --push origin "$remote"
    printf '[policy]\n\thosts = 127.0.0.1\n' >"$POLICY_OF_THE_TEST"
    http_proxy=http://proxy.example:3128 run --separate-stderr -5 flow-pr --yes
    [[ $stderr == *"http_proxy: "*"'proxy.example'"* ]]
    [ ! -e "$state/journal" ]
    run --separate-stderr -0 flow-pr --yes
    [ "$(cell ash state)" = created ]
}
