import { strict as assert } from "node:assert";
import { X509Certificate } from "node:crypto";
import * as tls from "node:tls";
import { describeCertificate, makeCertificateAuthority, makeLeaf } from "./certificate.ts";

Deno.test("makeLeaf() makes a certificate that node:tls serves and verifies by name and address", async () => {
  const ca = await makeCertificateAuthority("Test CA");
  const leaf = await makeLeaf(ca, { names: ["localhost"], ips: ["127.0.0.1", "::1"], days: 30 });
  const parsed = new X509Certificate(leaf.cert);
  assert.equal(parsed.ca, false);
  assert.ok(parsed.checkIssued(new X509Certificate(ca.cert)));
  assert.ok(parsed.verify(new X509Certificate(ca.cert).publicKey));
  assert.deepEqual(describeCertificate(leaf.cert).names.slice(0, 2), ["localhost", "127.0.0.1"]);

  const server = tls.createServer({ key: leaf.key, cert: leaf.cert }, (socket) => socket.end("hello"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  try {
    for (const servername of ["localhost", ""]) {
      const text = await new Promise<string>((resolve, reject) => {
        const socket = tls.connect({ host: "127.0.0.1", port, ca: ca.cert, servername }, () => {});
        socket.on("data", (data: Uint8Array) => resolve(new TextDecoder().decode(data)));
        socket.on("error", reject);
      });
      assert.equal(text, "hello");
    }
    await assert.rejects(
      new Promise((resolve, reject) => {
        const socket = tls.connect({ host: "127.0.0.1", port, ca: ca.cert, servername: "other.test" });
        socket.on("secureConnect", resolve);
        socket.on("error", reject);
      }),
    );
  } finally {
    server.close();
  }
});

Deno.test("makeLeaf() never outlives its authority", async () => {
  const nowMs = Date.UTC(2026, 0, 1);
  const ca = await makeCertificateAuthority("Short", { days: 10, nowMs });
  const leaf = await makeLeaf(ca, { names: ["a.test"], days: 100, nowMs });
  assert.equal(describeCertificate(leaf.cert).notAfterMs, nowMs + 10 * 86_400_000);
});
