# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The story: from a message to a click, from an indicator to an alert, an investigation, a quarantine and a release.
#
# Sourced by integration/run after lib/stage.sh; everything runs already. Each step is checked as it is told.

# The links in the message, as the sender wrote them: what a browser must get back byte for byte.
BAD_URL='http://shop.evil.example/login?id=42&from=mail%20list'
ODD_URL='http://survey.odd.example/form?q=a;b#top'

story() {
    story_delivery
    story_click
    story_suspicion
    story_condemnation
    story_investigation
    story_quarantine
    story_release
    story_attachment
    say "the end: everything above was checked"
}

story_delivery() {
    say "a message with two links and an attachment goes to alice and bob, by SMTP to Postfix"
    printf 'Dear customer,\n\nyour account: %s\nour survey: %s\n' "$BAD_URL" "$ODD_URL" >"$SERVERS_DIR/text"
    printf '<html><body><p>Grüße! <a href="%s">Your account</a>, <a href="%s">our survey</a>.</p></body></html>\n' \
        "${BAD_URL//&/&amp;}" "$ODD_URL" >"$SERVERS_DIR/html"
    echo "an invoice, or so it says" >"$SERVERS_DIR/invoice.pdf"
    write_message "$SERVERS_DIR/story.eml" story-one "$SERVERS_DIR/text" "$SERVERS_DIR/html" "$SERVERS_DIR/invoice.pdf"
    expect_equal "Postfix accepts it" "$(send "$SERVERS_DIR/story.eml" alice bob)" 250
    wait_until 20 "alice has the message" has alice INBOX 1 story-one
    wait_until 20 "bob has the message" has bob INBOX 1 story-one
    good "Dovecot has it in both mailboxes"
    story_rewritten
}

# What arrived: a stamp, links that lead to the redirector, and an attachment nobody touched.
story_rewritten() {
    local message
    message alice INBOX story-one >"$SERVERS_DIR/delivered"
    message=$(readable <"$SERVERS_DIR/delivered")
    STAMP=$(sed -n 's/^X-Rearguard-Id: *//p' <<<"$message")
    [[ $STAMP =~ ^[0-9a-f]{16}\.[0-9a-f]{32}$ ]] || fail "no stamp, but '$STAMP'"
    good "it carries the stamp X-Rearguard-Id: $STAMP"
    mapfile -t LINKS < <(rewritten_links <"$SERVERS_DIR/delivered")
    ((${#LINKS[@]} >= 2)) || fail "expected two rewritten links or more, found ${#LINKS[@]}"
    BAD_LINK=$(link_to shop.evil.example)
    ODD_LINK=$(link_to survey.odd.example)
    show <<<"$BAD_LINK"
    expect_lacks "no original link is left in it" "$message" "$BAD_URL"
    expect_contains "the attachment is as it was" "$(tr -d '\r' <"$SERVERS_DIR/delivered")" "$(base64 "$SERVERS_DIR/invoice.pdf")"
    wait_until 10 "the message is in the store" message_is_known "$STAMP"
    rg message show "${STAMP%%.*}" | show
}

# The first rewritten link of the message that shows host $1.
link_to() {
    local link
    for link in "${LINKS[@]}"; do
        [[ $link == "$CLICK_URL/to/$1/"* ]] || continue
        echo "$link"
        return
    done
    fail "no rewritten link shows the host $1"
}

message_is_known() {
    [[ $(messages_recorded "$1") == 1 ]]
}

story_click() {
    say "alice clicks both links"
    expect_equal "rearguard-click answers 302" "$(visit "$BAD_LINK")" 302
    expect_equal "to exactly the original URL" "$(location)" "$BAD_URL"
    expect_equal "the other link: 302" "$(visit "$ODD_LINK")" 302
    expect_equal "to exactly its original URL" "$(location)" "$ODD_URL"
    wait_until 10 "both clicks are in the store" click_outcomes_are "allowed allowed"
    rg click list | show
}

click_outcomes_are() {
    [[ $(click_outcomes) == "$1" ]]
}

story_suspicion() {
    say "the survey becomes suspicious: rearguard indicator add url … --verdict suspicious"
    rg indicator add url "$ODD_URL" --verdict suspicious --reason "asks for passwords" | show
    wait_until 1 "the warning page is shown" answers "$ODD_LINK" 200
    good "within a second the link shows the warning page: $(headline)"
    expect_equal "it leads nowhere by itself" "$(location)" ""
    expect_equal "going on is a POST" "$(press_button)" 303
    expect_equal "to exactly the original URL" "$(location)" "$ODD_URL"
    wait_until 10 "going on is recorded as such" last_click_was proceeded
    good "recorded: $(click_outcomes)"
}

story_condemnation() {
    say "the shop turns out malicious: rearguard indicator add url … --verdict malicious"
    rg indicator add url "$BAD_URL" --verdict malicious --reason "credential phishing" | show
    wait_until 1 "the block page is shown" answers "$BAD_LINK" 403
    good "within a second the link shows the block page: $(headline)"
    expect_equal "it leads nowhere" "$(location)" ""
}

# The subject of alerts about the bad link: its canonical expression has neither scheme nor fragment.
BAD_SUBJECT='url shop.evil.example/login?id=42&from=mail%20list'

story_investigation() {
    say "looking back: the link was delivered and clicked before, so an alert starts an investigation"
    wait_until 10 "an investigation about it waits for approval" proposes_action "$BAD_SUBJECT"
    rg alert list | show
    expect_contains "alice's click raised an alert" "$(alert_kinds "$BAD_SUBJECT")" url_click
    say "its log: rearguard investigation show $INVESTIGATION"
    rg investigation show "$INVESTIGATION" | show
}

# Sets INVESTIGATION and ACTION for subject $1; fails while there is nothing to approve.
proposes_action() {
    INVESTIGATION=$(investigation_about "$1")
    [[ -n $INVESTIGATION ]] || return 1
    ACTION=$(proposed_action "$INVESTIGATION")
    [[ -n $ACTION ]]
}

alert_kinds() {
    ask "[.[] | select(.subject == \"$1\") | .kind] | unique | join(\" \")" alert list
}

story_quarantine() {
    say "alice has read the message and given it a keyword; then the administrator approves action $ACTION"
    set_flags alice INBOX story-one '\Seen Important'
    rg action list | show
    rg action approve "$ACTION" --note "phishing" | show
    wait_until 20 "the action is done" action_is "$ACTION" "done"
    local user
    for user in alice bob; do
        expect_equal "gone from $user's inbox" "$(count "$user" INBOX story-one)" 0
        expect_equal "in $user's quarantine folder" "$(count "$user" Quarantine story-one)" 1
    done
    rg investigation show "$INVESTIGATION" | sed -n '/^Action/,$p' | show
}

story_release() {
    local number
    number=$(quarantined_number alice "${STAMP%%.*}")
    say "alice needs it after all: rearguard quarantine release $number"
    rg quarantine list | show
    rg quarantine release "$number" | show
    wait_until 20 "the message is back" has alice INBOX 1 story-one
    expect_equal "gone from the quarantine folder" "$(count alice Quarantine story-one)" 0
    expect_equal "with its flags" "$(flags alice INBOX story-one)" 'Important \Seen'
    expect_equal "bob's stays where it is" "$(count bob Quarantine story-one)" 1
}

story_attachment() {
    local digest
    say "another message brings an attachment to bob and carol; later its SHA-256 turns out malicious"
    head -c 3000 /dev/urandom >"$SERVERS_DIR/update.exe"
    digest=$(sha256sum "$SERVERS_DIR/update.exe" | cut -d ' ' -f 1)
    echo "No link here." >"$SERVERS_DIR/text"
    echo "<p>No link here.</p>" >"$SERVERS_DIR/html"
    write_message "$SERVERS_DIR/file.eml" story-two "$SERVERS_DIR/text" "$SERVERS_DIR/html" "$SERVERS_DIR/update.exe"
    expect_equal "Postfix accepts it" "$(send "$SERVERS_DIR/file.eml" bob carol)" 250
    wait_until 20 "carol has the message" has carol INBOX 1 story-two
    wait_until 20 "bob has the message" has bob INBOX 1 story-two
    rg indicator add file "$digest" --verdict malicious --reason "a trojan" | show
    wait_until 10 "an investigation about it waits for approval" proposes_action "file $digest"
    rg investigation show "$INVESTIGATION" | show
    rg action approve "$ACTION" | show
    wait_until 20 "the action is done" action_is "$ACTION" "done"
    expect_equal "gone from carol's inbox" "$(count carol INBOX story-two)" 0
    expect_equal "in carol's quarantine folder" "$(count carol Quarantine story-two)" 1
    expect_equal "gone from bob's inbox" "$(count bob INBOX story-two)" 0
    expect_equal "in bob's quarantine folder" "$(count bob Quarantine story-two)" 1
}
