# A message came into "Report phishing", or flags changed somewhere: reports it, unless it was another flag that changed.
require ["copy", "environment", "imap4flags", "imapsieve", "variables", "vnd.dovecot.environment", "vnd.dovecot.pipe"];

if environment "imap.cause" "FLAG" {
    if not environment :contains "imap.changedflags" "$Phishing" {
        stop;
    }
    if not hasflag "$Phishing" {
        stop;
    }
}
if environment :matches "imap.user" "*" {
    set "reporter" "${1}";
}
pipe :copy "report-phishing" ["${reporter}"];
