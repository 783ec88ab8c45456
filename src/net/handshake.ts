import * as x509 from "@peculiar/x509";
import type { Socket } from "node:net";
import { createServer, type TLSSocket, TLSSocket as TlsSocket } from "node:tls";
import { ConnectionClosed, type TlsContexts, type TlsInfo } from "./connection.ts";
import { endPointOf } from "./tls.ts";

const HANDSHAKE_MS = 30_000;

type Done = (error: Error | null, context?: ReturnType<TlsContexts["select"]>) => void;

/** The server's side of a TLS handshake on a socket. Throws ConnectionClosed when it comes to nothing. */
export async function serverHandshake(
  plain: Socket,
  contexts: TlsContexts,
): Promise<{ secure: TLSSocket; info: TlsInfo }> {
  let context = contexts.select(undefined);
  const choose = (name: string, done: Done) => done(null, context = contexts.select(name));
  const secure = await new Promise<TLSSocket>((resolve, reject) => {
    const fail = (error?: Error) => {
      clearTimeout(timer);
      reject(new ConnectionClosed(error?.message ?? "closed in the TLS handshake"));
    };
    const timer = setTimeout(
      () => (plain.destroy(), fail(new Error("TLS handshake took too long"))),
      HANDSHAKE_MS,
    );
    const succeed = (socket: TLSSocket) => (clearTimeout(timer), resolve(socket));
    plain.once("close", () => fail());
    if (contexts.clients) askForCertificate(plain, contexts.clients, choose, succeed, fail);
    else {
      const options = { isServer: true, secureContext: context, SNICallback: choose };
      const socket = new TlsSocket(plain, options as ConstructorParameters<typeof TlsSocket>[1]);
      socket.once("secure", () => succeed(socket));
      socket.once("error", fail);
    }
  });
  return { secure, info: { ...describe(secure), endPoint: endPointOf(context) } };
}

/**
 * Only a TLS server of Deno's checks who signed a client's certificate; whether the client has its key, the handshake
 * itself proves. Clients without one, or with a stranger's, come in all the same, as nobody.
 */
function askForCertificate(
  plain: Socket,
  clients: NonNullable<TlsContexts["clients"]>,
  choose: (name: string, done: Done) => void,
  succeed: (socket: TLSSocket) => void,
  fail: (error?: Error) => void,
): void {
  const { ca, cert, key } = clients;
  const server = createServer({
    ca,
    cert,
    key,
    minVersion: "TLSv1.2",
    requestCert: true,
    rejectUnauthorized: false,
    SNICallback: choose,
  });
  server.once("tlsClientError", fail);
  server.once("secureConnection", succeed);
  server.emit("connection", plain);
}

function describe(socket: TLSSocket): TlsInfo {
  const name = (socket as unknown as { servername?: string | false }).servername;
  const shown = socket.authorized ? socket.getPeerCertificate()?.raw : undefined;
  return {
    version: socket.getProtocol() ?? "TLS",
    cipher: socket.getCipher()?.name ?? "",
    serverName: typeof name === "string" && name ? name : null,
    clientAddresses: shown ? addressesOf(new Uint8Array(shown)) : [],
  };
}

/** Mail addresses of a certificate (RFC 5280 §4.2.1.6, rfc822Name). */
function addressesOf(der: Uint8Array<ArrayBuffer>): string[] {
  const names =
    new x509.X509Certificate(der).getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [];
  return names.filter(({ type }) => type === "email").map(({ value }) => value);
}
