import { socketPort } from "../../src/place/socket_port.ts";

/**
 * A place that misbehaves on demand: it answers `echo`, and litters, dies, hangs, eats memory or talks garbage when asked.
 * Arguments as for the real place.
 */
const [, path] = Deno.args;
const socket = await Deno.connect({ transport: "unix", path });
const port = socketPort(socket);
port.onClosed = () => Deno.exit(0);
pong(0);
port.onBatch = (messages) => {
  for (const message of messages) {
    if (message[0] === "ping") pong(message[1]);
    if (message[0] === "stop") Deno.exit(0);
    if (message[0] !== "ask") continue;
    const [, id, , name] = message;
    if (name === "echo") port.send(["ok", id, Deno.pid]);
    if (name === "litter") port.send(["ok", id, litter()]);
    if (name === "weigh") port.send(["ok", id, Deno.memoryUsage().rss]);
    if (name === "exit") Deno.exit(7);
    if (name === "hang") { for (;;); }
    if (name === "eat") eat();
    if (name === "garbage") socket.write(new Uint8Array([0, 0, 0, 4, 1, 2, 3, 4]));
    if (name === "huge") socket.write(new Uint8Array([255, 255, 255, 255]));
  }
};

function pong(beat: number): void {
  port.send(["pong", beat, [], Deno.memoryUsage().rss, true]);
}

const kept: Uint8Array[] = [];

/** Leaves a heap full of holes: what is kept lies all over it. Resident memory in bytes. */
function litter(): number {
  const blocks = Array.from({ length: 12_000 }, () => new Uint8Array(8_000).fill(1));
  kept.push(...blocks.filter((_, i) => i % 500 === 0), blocks[blocks.length - 1]);
  return Deno.memoryUsage().rss;
}

function eat(): never {
  const hoard: unknown[] = [];
  for (;;) hoard.push(new Array(1_000_000).fill({}).map(() => ({})));
}
