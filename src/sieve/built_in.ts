import type { Extension } from "./extension.ts";
import { COMPARATORS } from "./extensions/comparators.ts";
import { COPY } from "./extensions/copy.ts";
import { DATE } from "./extensions/date.ts";
import { DUPLICATE } from "./extensions/duplicate.ts";
import { ENCODED_CHARACTER } from "./extensions/encoded_character.ts";
import { ENVELOPE } from "./extensions/envelope.ts";
import { ENVIRONMENT } from "./extensions/environment.ts";
import { FILEINTO } from "./extensions/fileinto.ts";
import { IHAVE } from "./extensions/ihave.ts";
import { IMAP4FLAGS } from "./extensions/imap4flags.ts";
import { IMAPSIEVE } from "./extensions/imapsieve.ts";
import { INCLUDE } from "./extensions/include.ts";
import { INDEX } from "./extensions/index_extension.ts";
import { MAILBOX } from "./extensions/mailbox.ts";
import { MAILBOXID } from "./extensions/mailboxid.ts";
import { MBOXMETADATA, SERVERMETADATA } from "./extensions/metadata.ts";
import { EREJECT, REJECT } from "./extensions/reject.ts";
import { RELATIONAL } from "./extensions/relational.ts";
import { SPAMTEST, SPAMTESTPLUS, VIRUSTEST } from "./extensions/spamtest.ts";
import { SPECIAL_USE } from "./extensions/special_use.ts";
import { SUBADDRESS } from "./extensions/subaddress.ts";
import { VARIABLES } from "./extensions/variables.ts";

/** Every extension that comes with the server: a new one is a file and a line here. */
export const BUILT_IN: readonly Extension[] = [
  ...COMPARATORS,
  COPY,
  DATE,
  DUPLICATE,
  ENCODED_CHARACTER,
  ENVELOPE,
  ENVIRONMENT,
  EREJECT,
  FILEINTO,
  IHAVE,
  IMAP4FLAGS,
  IMAPSIEVE,
  INCLUDE,
  INDEX,
  MAILBOX,
  MAILBOXID,
  MBOXMETADATA,
  REJECT,
  RELATIONAL,
  SERVERMETADATA,
  SPAMTEST,
  SPAMTESTPLUS,
  SPECIAL_USE,
  SUBADDRESS,
  VARIABLES,
  VIRUSTEST,
];
