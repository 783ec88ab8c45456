/** A script and a message with which Pigeonhole 0.5 and we do otherwise; docs/interop/sieve.md argues each name. */
export interface Argued {
  name: string;
  script: string;
  message: string;
  theirs: string;
  ours: string;
}

const mail = (...fields: string[]) => fields.map((field) => field + "\r\n").join("") + "\r\ntext\r\n";

/** The differences that a script makes; the generator of random scripts stays away from them. */
export const ARGUED: readonly Argued[] = [
  {
    name: "leading-question-mark",
    script: 'require "fileinto"; if header :matches "x" "?2*" { fileinto "a"; }',
    message: mail("X: abc2d"),
    theirs: "file a",
    ours: "file INBOX",
  },
  {
    name: "casemap-order",
    script: 'require ["relational", "fileinto"]; if header :value "gt" "x" "]" { fileinto "a"; }',
    message: mail("X: a"),
    theirs: "file a",
    ours: "file INBOX",
  },
  {
    name: "copy-then-file",
    script: 'require ["fileinto", "copy"]; fileinto :copy "a"; fileinto "a";',
    message: mail("X: a"),
    theirs: "file INBOX; file a",
    ours: "file a",
  },
  {
    name: "empty-group",
    script:
      'require ["relational", "comparator-i;ascii-numeric"]; if address :count "eq" :comparator "i;ascii-numeric" "to" "0" { discard; }',
    message: mail("To: undisclosed-recipients:;"),
    theirs: "file INBOX",
    ours: "discard",
  },
  {
    name: "any-child",
    script: 'require "mime"; if header :mime :anychild :subtype "Content-Type" "plain" { discard; }',
    message: "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
      "--b\r\n\r\n1\r\n--b\r\nContent-Type: text/plain\r\n\r\n2\r\n--b--\r\n",
    theirs: "file INBOX",
    ours: "discard",
  },
  {
    name: "first-line-fold",
    script: 'if header :is "x" "a" { discard; }',
    message: mail("X:\r\n a"),
    theirs: "file INBOX",
    ours: "discard",
  },
  {
    name: "return-path",
    script: 'if address :is "return-path" "a@b.example" { discard; }',
    message: mail("Return-Path: <a@b.example>"),
    theirs: "refused",
    ours: "discard",
  },
  {
    name: "body-after-edit",
    script: 'require ["editheader", "body"]; deleteheader "X"; if body :raw :contains "text" { discard; }',
    message: mail("X: a", "From: a@b.example"),
    theirs: "file INBOX",
    ours: "discard",
  },
  {
    name: "no-mime-version",
    script: 'require "body"; if body :content "text" :contains "text" { discard; }',
    message: mail("Content-Transfer-Encoding: base64"),
    theirs: "file INBOX",
    ours: "discard",
  },
  {
    name: "regex-lines",
    script: 'require ["regex", "body"]; if body :raw :regex "^b$" { discard; }',
    message: "X: a\r\n\r\na\r\nb\r\nc\r\n",
    theirs: "file INBOX",
    ours: "discard",
  },
  {
    name: "control-characters",
    script: 'require ["fileinto", "variables"]; set "a" "x\r\ny"; fileinto "${a}";',
    message: mail("X: a"),
    theirs: "file x??y",
    ours: "error",
  },
];
