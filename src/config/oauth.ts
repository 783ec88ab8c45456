import * as z from "zod";

/** Only this machine may be asked in clear text. */
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

const address = z.url({ protocol: /^https?$/ }).refine(
  (text) =>
    URL.canParse(text) && (new URL(text).protocol === "https:" || LOOPBACK.has(new URL(text).hostname)),
  "wants https",
);

/** Who issues tokens that users may log in with, and what holds of them. */
export const oauthSettings = z.strictObject({
  issuer: address.describe("Who issues the tokens, as it stands in their `iss`."),
  audience: z.string().min(1).describe("Whom the tokens must be for (`aud`)."),
  scope: z.string().min(1).nullable().default(null).describe(
    "A scope that the tokens must have; clients are told to ask for it. `null`: none.",
  ),
  claim: z.string().min(1).default("email").describe("The claim that holds the login name."),
  keys: address.nullable().default(null).describe(
    "Where the issuer's keys (JWKS) are. `null`: where `/.well-known/openid-configuration` below `issuer` says.",
  ),
  introspection: z.strictObject({
    url: address.describe("The issuer's endpoint (RFC 7662)."),
    clientId: z.string().min(1).describe("Login name of this server there."),
    clientSecret: z.string().min(1).describe("Its password."),
  }).nullable().default(null).describe(
    "Ask the issuer about each token: for tokens that are not signed, and to see revoked ones at once. `null`: check " +
      "their signatures with `keys`.",
  ),
});
