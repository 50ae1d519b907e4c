#!/usr/bin/env bats
# flow-pr: real branches to a real bare repository with real hooks, to patches and to forges.

load setup
load pr

#
# Patches.
#

@test "patches carry the text, and git am makes the same tree of them" {
    change ash a.txt $'gr\u00fcn' 'Because @boss says so, and it closes #1.'
    git switch -q flow/optimize/ash
    printf 'more\n' >>b.txt
    git commit -q -a -m 'b.txt: say more'
    git switch -q main
    run --separate-stderr -0 flow-pr --forge patch
    [ "$(cell ash state)" = created ]
    local folder
    folder=$(cell ash url)
    [ "$folder" = "$PWD/.git/flow/patches/flow/optimize/ash" ]
    [ "$(ls "$folder")" = $'0000-cover-letter.patch\n0001-a.txt-say-gr-n.patch\n0002-b.txt-say-more.patch' ]
    grep -qx 'Subject: \[PATCH 0/2\] optimize/ash: 2 commits' "$folder/0000-cover-letter.patch"
    grep -q '^## How to revert$' "$folder/0000-cover-letter.patch"
    grep -q 'git revert --no-edit' "$folder/0000-cover-letter.patch"
    grep -q '12 passed, none new' "$folder/0000-cover-letter.patch"
    git switch -q -c again main
    git am -q --empty=drop "$folder"/*.patch
    [ "$(git rev-parse 'again^{tree}')" = "$(git rev-parse 'flow/optimize/ash^{tree}')" ]
    [ "$(git log -2 --format=%B again)" = "$(git log -2 --format=%B flow/optimize/ash)" ]
}

@test "patches are written anew where the branch changed, and files beside them stay" {
    change ash a.txt green
    run --separate-stderr -0 flow-pr --forge patch -o out
    printf 'mine\n' >out/flow/optimize/ash/notes
    GIT_COMMITTER_DATE='2026-02-02T00:00:00Z' run --separate-stderr -0 flow-pr --forge patch -o out
    [ "$(cell ash state)" = unchanged ]
    git switch -q flow/optimize/ash
    git commit -q --amend -m 'a.txt: another subject'
    git switch -q main
    run --separate-stderr -0 flow-pr --forge patch -o out
    [ "$(cell ash state)" = updated ]
    [ "$(ls out/flow/optimize/ash)" = $'0000-cover-letter.patch\n0001-a.txt-another-subject.patch\nnotes' ]
    [ ! -e out/.new ]
}

@test "what patches cannot carry, or what does not merge, is refused, and the others go on" {
    change ash a.txt green
    change elm a.txt red
    change oak b.txt blue
    git switch -q flow/optimize/oak
    git merge -q --no-ff -m merge flow/optimize/ash
    git switch -q main
    git merge -q --ff-only flow/optimize/elm
    run --separate-stderr -1 flow-pr --forge patch
    [ "$(cell ash state)" = refused ]
    [ "$(cell ash why)" = "it conflicts with 'main' in a.txt: rebase it, or let flow make it anew" ]
    [ "$(cell elm state)" = unchanged ]
    [ "$(cell oak state)" = refused ]
    [[ $(cell oak why) == *'a merge, which patches cannot carry'* ]]
    change fir b.txt yellow
    run --separate-stderr -1 flow-pr --forge patch
    [ "$(cell fir state)" = created ]
}

#
# Forges.
#

opens_and_updates() {
    run --separate-stderr -0 flow-pr --yes --label flow
    [ "$(cell ash state)" = created ]
    [ "$(cell elm state)" = created ]
    [[ $(cell ash url) == https://forge.example/owner/name/* ]]
    [ "$(pushed ash)" = "$(git rev-parse flow/optimize/ash)" ]
    [ "$(pulls length)" = 2 ]
    [ "$(pulls '.[0].head')" = flow/optimize/ash ]
    [ "$(pulls '.[0].base')" = main ]
    [[ $(pulls '.[0].title') == *'a.txt: say green' ]]
    [ "$(pulls '.[0].labels[0]')" = flow ]
    [ "$(pulls '.[0].reviewers | join(",")')" = bob ]
    [ "$(pulls '.[1].reviewers | join(",")')" = carol ]
    # All of them are drafts, whatever that is there.
    case $1 in
    github) [ "$(pulls '[.[].draft] | all')" = true ] ;;
    gitlab) [ "$(pulls '[.[].title | startswith("Draft: ")] | all')" = true ] ;;
    gitea) [ "$(pulls '[.[].title | startswith("WIP: ")] | all')" = true ] ;;
    esac
    local body
    body=$(pulls '.[0].body')
    [[ $body == *'It is shorter.'*'12 passed, none new'*'Cost: $0.2500, 3 calls'*'git revert '* ]]
    # Nothing to do is nothing that is done.
    local before
    before=$(writes)
    run --separate-stderr -0 flow-pr --yes --label flow
    [ "$(cell ash state)" = unchanged ]
    [ "$(cell elm state)" = unchanged ]
    [ "$(writes)" = "$before" ]
    # A further commit is pushed, and the text follows.
    git switch -q flow/optimize/ash
    sed -i '2s/.*/zwei/' a.txt
    git commit -q -a -m 'a.txt: count on'
    git switch -q main
    run --separate-stderr -0 flow-pr --yes --label flow
    [ "$(cell ash state)" = updated ]
    [ "$(cell elm state)" = unchanged ]
    [ "$(pushed ash)" = "$(git rev-parse flow/optimize/ash)" ]
    [ "$(pulls length)" = 2 ]
    [[ $(pulls '.[0].title') == *'optimize/ash: 2 commits' ]]
    [ "$(writes)" = $((before + 1)) ]
    git branch -q -f flow/optimize/ash flow/optimize/ash~1
}

@test "a branch becomes a draft with labels and the owners as reviewers, and is brought up to date" {
    mkdir .github .gitlab .gitea
    printf '* @alice\na.txt @alice @bob\nb.txt @carol\n' | tee .github/CODEOWNERS >.gitlab/CODEOWNERS
    printf 'a\\.txt @bob\nb\\.txt @carol\n' >.gitea/CODEOWNERS
    commit_all 'owners'
    git push -q origin main
    change ash a.txt green
    change elm b.txt red
    each_forge opens_and_updates
}

keeps_texts() {
    run --separate-stderr -0 flow-pr --yes
    jq '.[0].body |= sub("It is shorter"; "I checked this")' "$state/pulls.json" >"$state/new"
    mv "$state/new" "$state/pulls.json"
    git switch -q flow/optimize/ash
    git commit -q --amend -m 'a.txt: another subject' -m 'Flow-Job: optimize'
    git switch -q main
    run --separate-stderr -0 flow-pr --yes
    [ "$(cell ash state)" = updated ]
    [[ $(cell ash why) == *'its text was changed by hand: it is left as it is' ]]
    [[ $(pulls '.[0].body') == *'I checked this'* ]]
    [ "$(pushed ash)" = "$(git rev-parse flow/optimize/ash)" ]
    git branch -q -D flow/optimize/ash
    change ash a.txt green
}

@test "a text that a person changed is left as it is" {
    change ash a.txt green
    each_forge keeps_texts
}

finds_others() {
    git push -q origin flow/optimize/ash
    printf '[{"number": 3, "head": "flow/optimize/ash", "base": "main", "title": "Mine", "body": "my own", "draft": false,' \
        >"$state/pulls.json"
    printf '"labels": ["flow"], "reviewers": [], "teams": [], "reviews": [], "author": "bob", "state": "open"}]\n' \
        >>"$state/pulls.json"
    run --separate-stderr -0 flow-pr --yes
    [ "$(cell ash state)" = unchanged ]
    [[ $(cell ash url) == *3 ]]
    [[ $(cell ash why) == 'somebody else opened it: it is left as it is' ]]
    [ "$(pulls length)" = 1 ]
    [ "$(pulls '.[0].title')" = Mine ]
    # One of a fork's branch of the same name is another one.
    jq '.[0].fork = "bob/name"' "$state/pulls.json" >"$state/new"
    mv "$state/new" "$state/pulls.json"
    jq '.[0].head = "elsewhere"' "$state/pulls.json" >"$state/other"
    run --separate-stderr -0 flow-pr --dry-run
    [[ $stderr == *'open '*'flow/optimize/ash: a.txt: say green'* ]]
}

@test "a pull request that somebody else opened for the branch is found, not doubled" {
    change ash a.txt green
    each_forge finds_others
}

pages_through() {
    run --separate-stderr -0 flow-pr --yes
    printf '1\n' >"$state/page"
    run --separate-stderr -0 flow-pr --yes
    [ "$(cell ash state)" = unchanged ]
    [ "$(cell oak state)" = unchanged ]
    [ "$(pulls length)" = 3 ]
    [ "$(jq -s 'map(select(.query.page == "3")) | length' "$state/journal")" = 1 ]
}

@test "the list of what is open is read to its last page" {
    change ash a.txt green
    change elm a.txt red
    change oak b.txt blue
    each_forge pages_through
}

@test "no more are open at a time than pr.most, and the next run goes on when one was closed" {
    change ash a.txt green
    change elm a.txt red
    change oak b.txt blue
    forge github
    git config flow.pr.most 2
    run --separate-stderr -1 flow-pr --yes
    [ "$(cell ash state)" = created ]
    [ "$(cell elm state)" = created ]
    [ "$(cell oak state)" = waiting ]
    [ "$(cell oak why)" = 'as many pull requests as pr.most allows are open' ]
    [[ $stderr == *'left out: flow/optimize/oak: as many'* ]]
    run -1 pushed oak
    jq '.[0].state = "closed"' "$state/pulls.json" >"$state/new"
    mv "$state/new" "$state/pulls.json"
    run --separate-stderr -1 flow-pr --yes flow/optimize/elm flow/optimize/oak flow/optimize/ash
    [ "$(cell elm state)" = unchanged ]
    [ "$(cell oak state)" = created ]
    [ "$(cell ash state)" = waiting ]
}

@test "labels and reviewers that the forge does not take are said, and lose nothing" {
    change ash a.txt green
    forge gitea
    run --separate-stderr -0 flow-pr --yes -l flow -l nowhere -r bob -r nobody -r alice
    [ "$(cell ash state)" = created ]
    [[ $(cell ash why) == "owner/name has no label 'nowhere': make it there; cannot ask 'nobody' for a review at "*'HTTP 404'* ]]
    [ "$(pulls '.[0].labels | join(",")')" = flow ]
    [ "$(pulls '.[0].reviewers | join(",")')" = bob ]
    stop_forge
    git push -q origin :flow/optimize/ash
    forge gitlab
    run --separate-stderr -0 flow-pr --yes -r bob -r nobody
    [[ $(cell ash why) == *"knows no user 'nobody'" ]]
    [ "$(pulls '.[0].reviewers | join(",")')" = bob ]
}

@test "who has reviewed is not asked again, and teams are asked as such" {
    change ash a.txt green
    forge github
    run --separate-stderr -0 flow-pr --yes -r owner/core
    [ "$(pulls '.[0].teams | join(",")')" = core ]
    jq '.[0].teams = [] | .[0].reviews = [{"id": 1, "state": "COMMENTED", "user": {"login": "bob"}}]' \
        "$state/pulls.json" >"$state/new"
    mv "$state/new" "$state/pulls.json"
    run --separate-stderr -0 flow-pr --yes -r owner/core
    [ "$(pulls '.[0].teams | length')" = 0 ]
}

@test "what was opened ready stays ready, and what is ready stays so in an update" {
    change ash a.txt green
    forge gitlab
    run --separate-stderr -0 flow-pr --yes --ready
    [ "$(pulls '.[0].title')" = 'a.txt: say green' ]
    git switch -q flow/optimize/ash
    sed -i '2s/.*/zwei/' a.txt
    git commit -q -a -m 'a.txt: count on'
    git switch -q main
    run --separate-stderr -0 flow-pr --yes
    [ "$(pulls '.[0].title')" = 'optimize/ash: 2 commits' ]
    run --separate-stderr -2 flow-pr --yes --ready --draft
}

#
# Before anything leaves.
#

@test "a dry run shows what would be pushed and opened, and does nothing" {
    change ash a.txt green
    forge github
    run --separate-stderr -0 flow-pr --dry-run
    [ -z "$output" ]
    [[ $stderr == *"pull requests at 127.0.0.1:$number (github), project owner/name, into 'main'"*drafts*'token         from GITHUB_TOKEN'*"pushed to     $remote"*'push and open    flow/optimize/ash: a.txt: say green'* ]]
    [ "$(writes)" = 0 ]
    run -1 pushed ash
}

@test "one publishes at a time" {
    change ash a.txt green
    forge github
    printf '#!/bin/sh\nFLOW_PR_FORGE=patch flow-pr >"%s" 2>&1 || exit 1\n' "$PWD/second" >.git/hooks/pre-push
    chmod +x .git/hooks/pre-push
    run --separate-stderr -1 flow-pr --yes
    grep -q "^flow-pr: run 'pr' is held by " second
}

@test "without a word of agreement nothing leaves" {
    change ash a.txt green
    forge github
    run --separate-stderr -5 setsid -w flow-pr </dev/null
    [[ $stderr == *"give '--yes' to agree beforehand"* ]]
    [ "$(writes)" = 0 ]
    run -1 pushed ash
}

@test "branches come from arguments, or from the records of another tool" {
    change ash a.txt green
    change elm a.txt red
    forge github
    printf 'branch\tstate\nflow/optimize/elm\tproven\n' >records
    run --separate-stderr -0 flow-pr --yes - <records
    [ "$(cell elm state)" = created ]
    [ "$(pulls length)" = 1 ]
    run --separate-stderr -1 flow-pr --yes --json nowhere refs/heads/flow/optimize/ash
    [ "$(jq -r .state <<<"${lines[0]}")" = refused ]
    [ "$(jq -r .why <<<"${lines[0]}")" = 'there is no such branch' ]
    [ "$(jq -r .branch <<<"${lines[1]}")" = flow/optimize/ash ]
    run --separate-stderr -2 flow-pr --yes - </dev/null
    git branch -q -D flow/optimize/ash flow/optimize/elm
    run --separate-stderr -3 flow-pr --yes
    [[ $stderr == *'there is no branch below flow/optimize/: name the branches to publish'* ]]
}

@test "a branch that the remote does not have is not opened with --no-push" {
    change ash a.txt green
    forge github
    run --separate-stderr -1 flow-pr --yes --no-push
    [ "$(cell ash why)" = 'the remote does not have it: push it, or leave out --no-push' ]
    git push -q origin flow/optimize/ash
    run --separate-stderr -0 flow-pr --yes --no-push
    [ "$(cell ash state)" = created ]
}

@test "a template of the repository is used once somebody has accepted it" {
    mkdir .flow
    printf 'Into {{base}}.\n{{#why}}\nReason: {{why}}\n{{/why}}\n' >.flow/pr-template.md
    commit_all template
    git push -q origin main
    change ash a.txt green
    forge github
    run --separate-stderr -5 setsid -w flow-pr --yes </dev/null
    [[ $stderr == *"'.flow/pr-template.md' comes with the repository"* ]]
    [ "$(writes)" = 0 ]
    run --separate-stderr -0 flow-approve --yes .flow/pr-template.md
    run --separate-stderr -0 flow-pr --yes
    [[ $(pulls '.[0].body') == $'Into `main`.\nReason: ```text\nIt is shorter.\n```\n'* ]]
    printf 'Into {{bass}}.\n' >.flow/pr-template.md
    commit_all mistake
    git push -q origin main
    run --separate-stderr -0 flow-approve --yes
    run --separate-stderr -3 flow-pr --yes
    [[ $stderr == *"'.flow/pr-template.md', line 1: unknown name 'bass'"* ]]
}

@test "what a message says does nothing at the forge" {
    change ash a.txt green $'/merge\nThanks @everybody, closes #1 ```\n<!-- flow-pr 0000 -->'
    forge gitlab
    run --separate-stderr -0 flow-pr --yes
    # It stands between longer fences than it has itself, and its comment is not taken for ours.
    [[ $(pulls '.[0].body') == *$'````text\n/merge\nThanks @everybody, closes #1 ```\n<!-- flow-pr 0000 -->\n````'* ]]
    run --separate-stderr -0 flow-pr --yes
    [ "$(cell ash state)" = unchanged ]
    [ -z "$(cell ash why)" ]
}

#
# The remote.
#

# hook NAME: makes standard input a hook of the remote.
hook() {
    cat >"$remote/hooks/$1"
    chmod +x "$remote/hooks/$1"
}

@test "a push that the remote refuses is said, the others go on, and the next run continues" {
    change ash a.txt green
    change elm b.txt red
    hook update <<'SH'
#!/bin/sh
case $1 in *ash) echo "this branch is protected" >&2 && exit 1 ;; esac
SH
    forge github
    run --separate-stderr -1 flow-pr --yes
    [ "$(cell ash state)" = refused ]
    [[ $(cell ash why) == 'the push was refused: [remote rejected] (hook declined): '*'this branch is protected'* ]]
    [ "$(cell elm state)" = created ]
    rm "$remote/hooks/update"
    run --separate-stderr -0 flow-pr --yes
    [ "$(cell ash state)" = created ]
    [ "$(cell elm state)" = unchanged ]
}

@test "the user's own hook can refuse a push, too" {
    change ash a.txt green
    forge github
    printf '#!/bin/sh\necho not on a Sunday >&2\nexit 1\n' >.git/hooks/pre-push
    chmod +x .git/hooks/pre-push
    run --separate-stderr -1 flow-pr --yes
    [ "$(cell ash state)" = refused ]
    [[ $(cell ash why) == *'not on a Sunday'* ]]
    [ "$(writes)" = 0 ]
    rm .git/hooks/pre-push
    run --separate-stderr -0 flow-pr --yes
    [ "$(cell ash state)" = created ]
}

@test "without the right to write to the remote the run ends, and names what was not reached" {
    change ash a.txt green
    change elm b.txt red
    forge github
    git config remote.origin.receivepack /bin/false
    run --separate-stderr -3 flow-pr --yes
    [ "$(cell ash state)" = waiting ]
    [[ $(cell ash why) == "cannot push to 'origin': "* ]]
    [ "$(cell elm why)" = 'not reached: run it again' ]
    [[ $stderr == *"flow-pr: cannot push to 'origin': "*'run it again when that is mended' ]]
    git config --unset remote.origin.receivepack
    run --separate-stderr -0 flow-pr --yes
    [ "$(cell ash state)" = created ]
    [ "$(cell elm state)" = created ]
}

@test "a remote that is away is said before anything is asked" {
    change ash a.txt green
    forge github
    mv "$remote" "$remote.away"
    run --separate-stderr -3 flow-pr --yes
    [[ $stderr == *"cannot read the branches of 'origin': "* ]]
    mv "$remote.away" "$remote"
    run --separate-stderr -0 flow-pr --yes
    git remote rename origin other
    run --separate-stderr -3 flow-pr --yes
    [[ $stderr == *"there is no remote 'origin': name another one with pr.remote"* ]]
}

@test "a branch that conflicts with the base of the remote is refused, and a base that moved is said" {
    change ash a.txt green
    change elm b.txt red
    forge github
    git clone -q "$remote" ../other
    sed -i '1s/.*/blue/' ../other/a.txt
    git -C ../other commit -q -a -m 'a.txt: say blue'
    git -C ../other push -q origin main
    run --separate-stderr -1 flow-pr --yes
    [ "$(cell ash why)" = "it conflicts with 'main' in a.txt: rebase it, or let flow make it anew" ]
    [ "$(cell elm state)" = created ]
    [[ $stderr == *"'flow/optimize/elm': 'main' has moved by 1 commits since; it still merges"* ]]
    run -1 pushed ash
    git switch -q flow/optimize/ash
    git rebase -q -X theirs origin/main
    git switch -q main
    run --separate-stderr -0 flow-pr --yes
    [ "$(cell ash state)" = created ]
}

@test "flow's own branch is made anew at the remote, a person's commits on it are not lost" {
    change ash a.txt green
    forge github
    run --separate-stderr -0 flow-pr --yes
    git branch -q -D flow/optimize/ash
    change ash a.txt violet
    run --separate-stderr -0 flow-pr --yes
    [ "$(cell ash state)" = updated ]
    [ "$(pushed ash)" = "$(git rev-parse flow/optimize/ash)" ]
    git clone -q -b flow/optimize/ash "$remote" ../other
    printf 'mine\n' >>../other/b.txt
    git -C ../other commit -q -a -m 'b.txt: by hand'
    git -C ../other push -q
    local theirs
    theirs=$(pushed ash)
    git branch -q -D flow/optimize/ash
    change ash a.txt orange
    run --separate-stderr -1 flow-pr --yes
    [ "$(cell ash state)" = refused ]
    [[ $(cell ash why) == 'the remote has commits on it that are not here and not flow'* ]]
    # Nor when they are known here.
    git fetch -q
    run --separate-stderr -1 flow-pr --yes
    [ "$(cell ash state)" = refused ]
    [ "$(pushed ash)" = "$theirs" ]
}

@test "what somebody pushed in between is not written over" {
    change ash a.txt green
    forge github
    run --separate-stderr -0 flow-pr --yes
    git branch -q -D flow/optimize/ash
    change ash a.txt violet
    # The remote is read twice, its branches and then its base; behind that somebody else is faster.
    printf '#!/bin/sh\ngit-upload-pack "$@"\n[ ! -e "%s" ] || git -C "%s" update-ref refs/heads/flow/optimize/ash main\n>"%s"\n' \
        "$BATS_TEST_TMPDIR/read" "$remote" "$BATS_TEST_TMPDIR/read" >"$BATS_TEST_TMPDIR/upload-pack"
    chmod +x "$BATS_TEST_TMPDIR/upload-pack"
    git config remote.origin.uploadpack "$BATS_TEST_TMPDIR/upload-pack"
    run --separate-stderr -1 flow-pr --yes
    [ "$(cell ash state)" = refused ]
    [[ $(cell ash why) == 'the push was refused: [rejected] (stale info)'* ]]
    [ "$(pushed ash)" = "$(git rev-parse main)" ]
}
