import { strict as assert } from "node:assert";
import { only } from "../support/imap_world.ts";
import { programTest, temporaryFolder } from "./program.ts";
import { GUEST, openImap, PASSWORD, PUBLIC, SHARED, startSharing } from "./sharing_setup.ts";
import { startThunderbird } from "./thunderbird.ts";

/** Debian's Thunderbird: logs in over TLS, lists folders of others, downloads them, and flags there. */

const home = temporaryFolder();

const MODULE =
  `const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const server = MailServices.accounts.allServers.find(one => one.type === "imap");
const wait = async (what, test) => {
  for (let left = 100; left > 0; left--) {
    const value = test();
    if (value) return value;
    await new Promise(resolve => setTimeout(resolve, 200));
  }
  throw new Error(what + " did not come");
};
const online = one => one.QueryInterface(Ci.nsIMsgImapMailFolder).onlineName;
const folders = () => server.rootFolder.descendants;
`;

/** Trusts the authority, knows the password, and asks for the folders. */
const BEGIN = `const [pem, password, wanted] = args;
const certificates = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
certificates.addCertFromBase64(pem.replace(/-----[^-]+-----|\\s/g, ""), "C,,");
server.password = password;
server.performExpand(null);
await wait("folders", () => wanted.every(name => folders().some(one => online(one) === name)));
return folders().map(online);
`;

/** Fetches a folder and its messages, and flags the first of them; answers subjects and texts. */
const READ = `const [name] = args;
const folder = folders().find(one => online(one) === name);
folder.updateFolder(null);
const header = await wait("messages of " + name, () => [...folder.messages][0]);
folder.setFlag(Ci.nsMsgFolderFlags.Offline);
folder.downloadAllForOffline(null, null);
await wait("text of " + name, () => folder.hasMsgOffline(header.messageKey));
folder.markMessagesFlagged([header], true);
return [...folder.messages].map(one => one.mime2DecodedSubject);
`;

programTest(
  ["thunderbird"],
  "Thunderbird logs in, lists shared and public folders, downloads them and flags there",
  async () => {
    const server = await startSharing();
    try {
      const thunderbird = await startThunderbird(home, { port: server.ports.imaps, user: GUEST });
      try {
        const pem = await Deno.readTextFile(server.caFile);
        const listed = await thunderbird.run(MODULE + BEGIN, pem, PASSWORD, [SHARED, PUBLIC]);
        for (const name of ["INBOX", SHARED, PUBLIC]) assert.ok((listed as string[]).includes(name), name);
        const imap = await openImap(server, GUEST);
        for (const [name, subject] of [[SHARED, "of Ann's"], [PUBLIC, "of the public"]]) {
          assert.deepEqual(await thunderbird.run(MODULE + READ, name), [subject]);
          await imap.ok(`EXAMINE ${name}`);
          for (let left = 100, found = ""; found !== "1"; left--) {
            assert.ok(left > 0, `${name}: the flag did not come`);
            await new Promise((resolve) => setTimeout(resolve, 100));
            [, found] = only(await imap.ok("SEARCH FLAGGED"), /^SEARCH ?(.*)$/);
          }
        }
        await imap.close();
      } finally {
        await thunderbird.stop();
      }
    } finally {
      await server.remove();
    }
  },
);
