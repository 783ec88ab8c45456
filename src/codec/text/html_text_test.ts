import { strict as assert } from "node:assert";
import { decodeEntities, htmlText } from "./html_text.ts";

const TABLE: [html: string, text: string][] = [
  ["plain", "plain"],
  ["<p>Hello <b>w</b>orld</p>", "Hello world"],
  ["a<br>b<div>c</div>d", "a b c d"],
  ["<html><head><title>T</title><style>p{}</style></head><body>B</body></html>", "B"],
  ["x<script>if (a < b) document.write('<p>no</p>')</script>y", "x y"],
  ["x<SCRIPT>no</Script >y", "x y"],
  ["a<!-- <p>hidden</p> -->b", "ab"],
  ["<!DOCTYPE html><?xml?>b", "b"],
  ['<a title="1 > 0" href=x>link</a>', "link"],
  ["1 < 2 &amp;&amp; 3 > 2", "1 < 2 && 3 > 2"],
  ["caf&eacute; &#8364; &#x20AC; &euro; &bogus; &#0; &#xD800;", "café € € € &bogus; \ufffd \ufffd"],
  ["<script>never closed", ""],
  ["<p unclosed", ""],
  ["<head><p>a head without end", "a head without end"],
  ["<!-- never closed", ""],
];

Deno.test("htmlText() keeps what people read", () => {
  for (const [html, text] of TABLE) assert.equal(htmlText(html).replace(/\s+/g, " ").trim(), text, html);
});

Deno.test("htmlText() is linear in hostile input", () => {
  const started = performance.now();
  for (const piece of ["<", "<a '", "</", "<!--", "<script>", '<a b="', "&#", "<p>"]) {
    htmlText(piece.repeat(200_000));
  }
  assert.ok(performance.now() - started < 3000);
});

Deno.test("decodeEntities() leaves bare ampersands", () => {
  assert.equal(decodeEntities("a & b &; c&d"), "a & b &; c&d");
});
