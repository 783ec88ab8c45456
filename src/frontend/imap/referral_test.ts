import { withImap } from "./harness_test.ts";

Deno.test("LOGIN-REFERRALS: who has logged in is sent to the other server while the mailbox is away (RFC 2221 §4.1)", () =>
  withImap(async (test) => {
    let other: string | null = "mx2.a.test:993";
    test.referral = () => other;
    for (let i = 0; i < 4; i++) await test.connect();
    test.away = true;
    await test.play(`
      C: a0 CAPABILITY
      S: * CAPABILITY … LOGIN-REFERRALS …
      S: a0 OK …
      C: a1 LOGIN alice@a.test wrong
      S: a1 NO [AUTHENTICATIONFAILED] …
      C: a2 LOGIN alice@a.test secret
      S: a2 NO [REFERRAL imap://alice%40a.test;AUTH=*@mx2.a.test:993/] …
      C: a3 LIST "" *
      S: a3 BAD …
      C: a4 AUTHENTICATE PLAIN AGFsaWNlQGEudGVzdABzZWNyZXQ=
      S: a4 NO [REFERRAL imap://alice%40a.test;AUTH=*@mx2.a.test:993/] …
    `);
    other = null; // away as well: it would send them back
    await test.play(`
      C2: a1 LOGIN alice@a.test secret
      S2: a1 OK [CAPABILITY … LOGIN-REFERRALS …] …
      C2: a2 SELECT INBOX
      S2: a2 NO [UNAVAILABLE] …
    `);
    other = "mx2.a.test";
    test.away = false;
    await test.play(`
      C3: a1 LOGIN alice@a.test secret
      S3: a1 OK …
    `);
  }));
