import { join } from "node:path";
import { openAdminClient } from "../admin_client.ts";
import { type Command, CommandFailure, SERVER_OPTIONS, UsageError } from "../command.ts";
import { printView } from "../print.ts";

/** How long the certificates of a pair are good: they are replaced by running the verb again. */
const PAIR_DAYS = 3650;

/** Makes the private authority and the certificates of a pair. */
export const replicaPairCommand: Command = {
  name: "replica pair",
  summary: "Make the private authority and certificates of a pair of servers.",
  details:
    "Writes DIR/ca.pem, DIR/ID.cert.pem and DIR/ID.key.pem for both; the authority's own key is not kept.\n" +
    "Nothing that is there already is overwritten.",
  arguments: [
    { name: "ID1", help: "node.id of the one" },
    { name: "ID2", help: "node.id of the other" },
  ],
  options: [{ name: "out", value: "DIR", help: "folder to write to (made when missing)" }],
  async run(input, io) {
    const out = input.option("out");
    if (out === undefined) throw new UsageError("--out DIR is missing");
    const ids = [input.argument("ID1"), input.argument("ID2")];
    if (ids[0] === ids[1]) throw new UsageError("the two servers need different names");
    for (const id of ids) {
      if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(id)) {
        throw new UsageError(`${JSON.stringify(id)} is not a node id: lower-case letters, digits and '-'`);
      }
    }
    const { makeCertificateAuthority, makeLeaf } = await import("../../net/certificate.ts");
    const authority = await makeCertificateAuthority(`Mallard pair ${ids.join(" and ")}`, {
      days: PAIR_DAYS,
    });
    const files: [string, string, number][] = [["ca.pem", authority.cert, 0o644]];
    for (const id of ids) {
      const leaf = await makeLeaf(authority, { names: [id], days: PAIR_DAYS, clientAuth: true });
      files.push([`${id}.cert.pem`, leaf.cert, 0o644], [`${id}.key.pem`, leaf.key, 0o600]);
    }
    for (const [name, text, mode] of files) {
      const path = join(out, name);
      await io.writeFile(path, text, mode).catch((error: Error) => {
        throw new CommandFailure(`cannot write ${path}: ${error.message}`);
      });
      io.out(path);
    }
    return 0;
  },
};

/** State of the link, or where one mailbox stands. */
export const replicaStatusCommand: Command = {
  name: "replica status",
  summary: "State of the link to the other server, or position and hash of one mailbox.",
  arguments: [{ name: "ADDRESS", help: "account", optional: true }],
  options: SERVER_OPTIONS,
  async run(input, io) {
    const address = input.optionalArgument("ADDRESS");
    const path = "/replication" + (address === undefined ? "" : `/mailboxes/${encodeURIComponent(address)}`);
    printView(io, input, await (await openAdminClient(input, io)).get<object>(path));
    return 0;
  },
};
