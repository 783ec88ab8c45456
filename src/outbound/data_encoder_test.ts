import { strict as assert } from "node:assert";
import { latin1 } from "../base/bytes.ts";
import { seededRandom } from "../base/id.ts";
import { createDataEncoder } from "./data_encoder.ts";

Deno.test("createDataEncoder() stuffs dots and repairs line ends, however the pages fall", () => {
  const rows: [string, string][] = [
    ["", ".\r\n"],
    ["a\r\n", "a\r\n.\r\n"],
    ["a", "a\r\n.\r\n"],
    [".\r\n..\r\n.a\r\n", "..\r\n...\r\n..a\r\n.\r\n"],
    ["a\n.\r.\r\n", "a\r\n..\r\n..\r\n.\r\n"],
    ["a\r", "a\r\n.\r\n"],
    ["a\r\r\n\n\r", "a\r\n\r\n\r\n\r\n.\r\n"],
    ["\n.\n", "\r\n..\r\n.\r\n"],
  ];
  const encode = (text: string, size: number) => {
    const encoder = createDataEncoder();
    let out = "";
    for (let at = 0; at < text.length; at += size) {
      out += String.fromCharCode(...encoder.push(latin1(text.slice(at, at + size))));
    }
    return out + String.fromCharCode(...encoder.end());
  };
  for (const [text, want] of rows) {
    for (const size of [1, 2, 3, 100]) assert.equal(encode(text, size), want, JSON.stringify([text, size]));
  }
  const random = seededRandom(5);
  for (let i = 0; i < 300; i++) {
    const text = [...random.bytes(30)].map((byte) => "\r\n.a"[byte & 3]).join("");
    const whole = encode(text, 100);
    for (const size of [1, 2, 7]) assert.equal(encode(text, size), whole, JSON.stringify([text, size]));
    assert.ok(
      !/\r(?!\n)|(?<!\r)\n/.test(whole) && whole.indexOf("\r\n.\r\n", 0) >= whole.length - 5 ||
        whole === ".\r\n",
      text,
    );
  }
});
