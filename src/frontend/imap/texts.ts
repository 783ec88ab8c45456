/** Languages of what people may read (RFC 5255 §3): `i-default` is English that everybody is taken to understand. */
export const LANGUAGES = ["i-default", "en", "de"] as const;

/** One of them. */
export type Language = typeof LANGUAGES[number];

/** Texts in German. What is not here (details of a mistake in a command) stays English. */
const GERMAN: ReadonlyMap<string, string> = new Map([
  ["Logged in", "Angemeldet"],
  ["Wrong name or password", "Name oder Passwort ist falsch"],
  ["Too many failed logins, try later", "Zu viele misslungene Anmeldungen, bitte später versuchen"],
  [
    "Cannot check the password now, try later",
    "Das Passwort kann gerade nicht geprüft werden, bitte später versuchen",
  ],
  ["Authentication cancelled", "Anmeldung abgebrochen"],
  ["May not act for another user", "Anmelden für jemand anderen ist nicht erlaubt"],
  ["Unknown mechanism", "Anmeldeverfahren ist nicht bekannt"],
  ["Start TLS first", "Zuerst TLS beginnen"],
  ["Begin TLS negotiation now", "TLS kann beginnen"],
  ["TLS is not offered here", "TLS wird hier nicht angeboten"],
  ["DEFLATE active", "DEFLATE ist aktiv"],
  ["DEFLATE is active", "DEFLATE ist schon aktiv"],
  ["Logging out", "Abmeldung"],
  ["Folder is open read-only", "Der Ordner ist nur zum Lesen geöffnet"],
  ["No such folder", "Diesen Ordner gibt es nicht"],
  ["no such folder", "Diesen Ordner gibt es nicht"],
  ["the folder exists already", "Den Ordner gibt es schon"],
  ["a folder of that name exists already", "Einen Ordner dieses Namens gibt es schon"],
  ["INBOX cannot be deleted", "INBOX kann nicht gelöscht werden"],
  ["too many folders", "Zu viele Ordner"],
  ["Selected folder was deleted", "Der geöffnete Ordner wurde gelöscht"],
  ["No such message", "Diese Nachricht gibt es nicht"],
  ["The message is gone", "Die Nachricht gibt es nicht mehr"],
  ["Some messages are gone", "Einige Nachrichten gibt es nicht mehr"],
  ["Some messages were changed meanwhile", "Einige Nachrichten wurden inzwischen geändert"],
  ["No message was left to take", "Keine der Nachrichten gibt es noch"],
  ["the mailbox is full", "Das Postfach ist voll"],
  ["the message is too big for this mailbox", "Die Nachricht ist zu groß für dieses Postfach"],
  ["A message without octets cancels the APPEND", "Eine leere Nachricht bricht APPEND ab"],
  ["Binary content is not stored", "Binäre Inhalte werden nicht gespeichert"],
  [
    "Too many messages to copy, try a smaller subset",
    "Zu viele Nachrichten zum Kopieren, bitte weniger auf einmal",
  ],
  ["Only the last of the messages were worked on", "Nur die letzten der Nachrichten wurden bearbeitet"],
  ["Too many messages for one FETCH", "Zu viele Nachrichten für ein FETCH"],
  ["Only UIDs are used", "Nachrichten haben hier nur UIDs"],
  ["Unknown charset", "Zeichensatz ist nicht bekannt"],
  [
    "Your mailbox is away, use the other server",
    "Das Postfach ist hier nicht erreichbar, bitte den anderen Server benutzen",
  ],
  ["No such comparator", "Dieses Vergleichsverfahren gibt es nicht"],
  ["No such filter", "Diesen Filter gibt es nicht"],
  ["Quotas are set by the administrator", "Grenzen setzt nur die Verwaltung"],
  ["Only the administrator sets this entry", "Diesen Eintrag setzt nur die Verwaltung"],
  ["the mailbox is away, try again", "Das Postfach ist gerade nicht erreichbar, bitte später versuchen"],
  ["too many requests wait", "Zu viele Anfragen warten, bitte später versuchen"],
  ["Server is receiving too much, try later", "Der Server empfängt gerade zu viel, bitte später versuchen"],
  ["Server shutting down", "Der Server wird beendet"],
  ["Autologout, idle for too long", "Abgemeldet, weil zu lange nichts kam"],
  ["Too many bad commands", "Zu viele falsche Befehle"],
  ["Command line too long", "Befehlszeile ist zu lang"],
  ["Literal too large", "Literal ist zu groß"],
  ["Language is not available", "Sprache ist nicht verfügbar"],
  ["Internal error", "Interner Fehler"],
  ["internal error", "Interner Fehler"],
]);

/** A text in a language; English where there is nothing better. */
export function translate(text: string, language: Language): string {
  if (language !== "de") return text;
  const done = /^(.{1,40}) completed$/.exec(text)?.[1];
  return done ? `${done} ausgeführt` : GERMAN.get(text) ?? text;
}

/** The language that the first fitting range means (RFC 4647 §3.4): `de-AT` is `de`; null when none fits. */
export function chooseLanguage(ranges: readonly string[]): Language | null {
  for (const range of ranges) {
    if (range === "default") return "i-default";
    if (range === "*") return "en";
    const found = LANGUAGES.find((language) => range === language || range.startsWith(`${language}-`));
    if (found) return found;
  }
  return null;
}
