import { strict as assert } from "node:assert";
import { createLog, type LogFormat } from "./log.ts";

function lines(format: LogFormat): string[] {
  const out: string[] = [];
  const log = createLog({
    level: "info",
    sink: (line) => void out.push(line),
    nowMs: () => 0,
    format,
    pid: 7,
  }, {
    place: "control",
  });
  log.debug("quiet");
  log.info("delivery", { to: "a b@x.test", uid: 3, none: null, left: undefined });
  log.with({ session: "s" }).error("broken");
  return out;
}

Deno.test("one event in each format; what is below the level is left out", () => {
  const object = '{"time":"1970-01-01T00:00:00.000Z","level":"info","event":"delivery","place":"control",' +
    '"to":"a b@x.test","uid":3,"none":null}';
  assert.equal(lines("json")[0], object);
  assert.equal(lines("json").length, 2);
  assert.equal(lines("syslog")[0], `<22>1 1970-01-01T00:00:00.000Z - mallard 7 delivery - ${object}`);
  assert.match(lines("syslog")[1], /^<19>1 .* broken - \{.*"session":"s"\}$/);
  assert.equal(
    lines("pretty")[0],
    '1970-01-01T00:00:00.000Z info  delivery place=control to="a b@x.test" uid=3',
  );
});
