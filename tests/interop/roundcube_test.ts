import { strict as assert } from "node:assert";
import { SmtpClient } from "../support/smtp_client.ts";
import { only } from "../support/imap_world.ts";
import { programTest, temporaryFolder } from "./program.ts";
import { startRoundcube } from "./roundcube.ts";
import { GUEST, openImap, PASSWORD, PUBLIC, SHARED, startSharing } from "./sharing_setup.ts";

/** Debian's Roundcube: folders of others, reading, and its managesieve plug-in, whose filter then works. */

const home = temporaryFolder();

programTest(
  ["roundcube", "php"],
  "Roundcube lists shared and public folders, reads there, and edits a filter that works on the next delivery",
  async () => {
    const server = await startSharing();
    const roundcube = await startRoundcube({
      imapsPort: server.ports.imaps,
      managesievePort: server.ports.managesieve,
      caFile: server.caFile,
      folder: home,
    });
    try {
      const mailPage = await roundcube.login(GUEST, PASSWORD);
      for (const name of [SHARED, PUBLIC]) {
        assert.ok(mailPage.includes(`"${name}":{"id":"${name}",`), name);
      }
      // It knows whose folders they are (RFC 2342).
      assert.match(mailPage, /class="mailbox ns-other[^"]*"><a>#Shared</);
      assert.match(mailPage, /class="mailbox ns-shared[^"]*"><a>#Lake</);
      for (const [name, subject] of [["INBOX", "of my own"], [SHARED, "of Ann"], [PUBLIC, "of the public"]]) {
        const folder = `_task=mail&_mbox=${encodeURIComponent(name)}`;
        assert.ok((await roundcube.get(`${folder}&_action=list&_remote=1`)).includes(subject), name);
        const shown = await roundcube.get(`${folder}&_uid=1&_action=show`);
        assert.ok(shown.includes(subject) && shown.includes("Hi Bob."), shown);
      }

      await roundcube.get("_task=settings&_action=plugin.managesieve");
      const saved = await roundcube.post("_task=settings&_action=plugin.managesieve-save", {
        _framed: "1",
        _name: "Offers",
        _fid: "",
        _sid: "0",
        _enabled: "1",
        _join: "allof",
        "_header[0]": "subject",
        "_custom_header[0]": "",
        "_rule_op[0]": "contains",
        "_rule_target[0]": "offer",
        "_action_type[0]": "fileinto",
        "_action_mailbox[0]": "Archive",
      });
      assert.match(saved, /Filter saved successfully/i);
      const smtp = await SmtpClient.connect(server.ports.smtp);
      await smtp.expect(250, "EHLO client.test");
      const letter = "From: x@out.test\r\nSubject: An offer\r\n\r\ntext\r\n";
      assert.equal((await smtp.mail("x@out.test", [GUEST], letter)).code, 250);
      await smtp.close();
      const imap = await openImap(server, GUEST);
      for (const [name, want] of [["Archive", 1], ["INBOX", 0]] as const) {
        await imap.ok(`EXAMINE ${name}`);
        const [, found] = only(await imap.ok('SEARCH SUBJECT "An offer"'), /^SEARCH ?(.*)$/);
        assert.equal(found.split(" ").filter(Boolean).length, want, name);
      }
      await imap.close();
      // PHP warns of fields that only its scripts add to the form; faults of mail servers would be errors.
      assert.doesNotMatch(await roundcube.errors(), /error/i);
    } finally {
      await roundcube.stop();
      await server.remove();
    }
  },
);
