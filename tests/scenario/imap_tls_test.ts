import { testDialogues } from "../support/imap_world.ts";
import { tlsDialogues } from "./imap/session.ts";

testDialogues("IMAP with TLS", tlsDialogues);
