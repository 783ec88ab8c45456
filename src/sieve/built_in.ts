import type { Extension } from "./extension.ts";
import { BODY } from "./extensions/body.ts";
import { COMPARATORS } from "./extensions/comparators.ts";
import { COPY } from "./extensions/copy.ts";
import { DATE } from "./extensions/date.ts";
import { DUPLICATE } from "./extensions/duplicate.ts";
import { EDITHEADER } from "./extensions/editheader.ts";
import { ENCODED_CHARACTER } from "./extensions/encoded_character.ts";
import { ENOTIFY } from "./extensions/enotify.ts";
import { ENVELOPE } from "./extensions/envelope.ts";
import { ENVIRONMENT } from "./extensions/environment.ts";
import { EXTLISTS } from "./extensions/extlists.ts";
import { EXTRACTTEXT } from "./extensions/extracttext.ts";
import { FCC } from "./extensions/fcc.ts";
import { FILEINTO } from "./extensions/fileinto.ts";
import { FOREVERYPART } from "./extensions/foreverypart.ts";
import { IHAVE } from "./extensions/ihave.ts";
import { IMAP4FLAGS } from "./extensions/imap4flags.ts";
import { IMAPSIEVE } from "./extensions/imapsieve.ts";
import { INCLUDE } from "./extensions/include.ts";
import { INDEX } from "./extensions/index_extension.ts";
import { MAILBOX } from "./extensions/mailbox.ts";
import { MAILBOXID } from "./extensions/mailboxid.ts";
import { MBOXMETADATA, SERVERMETADATA } from "./extensions/metadata.ts";
import { MIME } from "./extensions/mime.ts";
import { REGEX } from "./extensions/regex.ts";
import { EREJECT, REJECT } from "./extensions/reject.ts";
import { RELATIONAL } from "./extensions/relational.ts";
import { SPAMTEST, SPAMTESTPLUS, VIRUSTEST } from "./extensions/spamtest.ts";
import { SPECIAL_USE } from "./extensions/special_use.ts";
import { SUBADDRESS } from "./extensions/subaddress.ts";
import { VACATION, VACATION_SECONDS } from "./extensions/vacation.ts";
import { VARIABLES } from "./extensions/variables.ts";

/** Every extension that comes with the server: a new one is a file and a line here. */
export const BUILT_IN: readonly Extension[] = [
  BODY,
  ...COMPARATORS,
  COPY,
  DATE,
  DUPLICATE,
  EDITHEADER,
  ENCODED_CHARACTER,
  ENOTIFY,
  ENVELOPE,
  ENVIRONMENT,
  EREJECT,
  EXTLISTS,
  EXTRACTTEXT,
  FCC,
  FILEINTO,
  FOREVERYPART,
  IHAVE,
  IMAP4FLAGS,
  IMAPSIEVE,
  INCLUDE,
  INDEX,
  MAILBOX,
  MAILBOXID,
  MBOXMETADATA,
  MIME,
  REGEX,
  REJECT,
  RELATIONAL,
  SERVERMETADATA,
  SPAMTEST,
  SPAMTESTPLUS,
  SPECIAL_USE,
  SUBADDRESS,
  VACATION,
  VACATION_SECONDS,
  VARIABLES,
  VIRUSTEST,
];
