import { join } from "node:path";
import type { ConfigurationInput } from "./schema.ts";

/** Files of the demo's private certificates, relative to the data folder. */
export const DEMO_CERTIFICATES = {
  ca: "tls/ca.pem",
  caKey: "tls/ca.key.pem",
  cert: "tls/localhost.cert.pem",
  key: "tls/localhost.key.pem",
} as const;

const PORTS: readonly Pick<ConfigurationInput["listeners"][number], "protocol" | "port" | "tls">[] = [
  { protocol: "smtp", port: 2525, tls: "starttls" },
  { protocol: "submission", port: 2587, tls: "starttls" },
  { protocol: "submission", port: 2465, tls: "implicit" },
  { protocol: "imap", port: 2143, tls: "starttls" },
  { protocol: "imap", port: 2993, tls: "implicit" },
  { protocol: "pop3", port: 2110, tls: "starttls" },
  { protocol: "pop3", port: 2995, tls: "implicit" },
  { protocol: "managesieve", port: 4190, tls: "starttls" },
  { protocol: "http", port: 8080, tls: "none" },
  { protocol: "http", port: 8443, tls: "implicit" },
];

/** What `serve --demo` runs: unprivileged ports on both loopback addresses, and a certificate for `localhost`. */
export function demoConfiguration(dataDir: string): ConfigurationInput {
  return {
    hostname: "localhost",
    dataDir,
    listeners: ["127.0.0.1", "::1"].flatMap((address) => PORTS.map((listener) => ({ ...listener, address }))),
    tls: {
      certificates: [{
        cert: join(dataDir, DEMO_CERTIFICATES.cert),
        key: join(dataDir, DEMO_CERTIFICATES.key),
      }],
    },
  };
}
