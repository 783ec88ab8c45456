/** The global script that users without one of their own get where the administrator has said nothing else (V07). */
export const DEFAULT_SCRIPT = "incoming_spam";

/**
 * Global scripts that come with the server. `incoming_spam` files what the spam filter takes for spam into the Junk
 * folder and marks it (V06); without a verdict it does nothing.
 */
export const BUILT_IN: Readonly<Record<string, string>> = {
  [DEFAULT_SCRIPT]: [
    'require ["spamtestplus", "relational", "comparator-i;ascii-numeric", "fileinto", "imap4flags",',
    '  "mailbox", "special-use"];',
    "",
    'if spamtest :percent :value "ge" :comparator "i;ascii-numeric" "50" {',
    '  addflag ["\\\\Flagged", "$Important"];',
    '  fileinto :specialuse "\\\\Junk" :create "Junk";',
    "  stop;",
    "}",
    "",
  ].join("\r\n"),
};
