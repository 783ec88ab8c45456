import { dirname } from "node:path";
import type { Io } from "./command.ts";

/** Largest standard input that is read, in bytes: an import of many accounts, with room to spare. */
const MOST_INPUT_BYTES = 256 * 1024 * 1024;

/** Standard streams, files and environment of this process. */
export function processIo(): Io {
  return {
    out: (line) => console.log(line),
    error: (line) => console.error(line),
    async readInput() {
      let size = 0;
      const decoder = new TextDecoder();
      let text = "";
      for await (const chunk of Deno.stdin.readable) {
        size += chunk.length;
        if (size > MOST_INPUT_BYTES) throw new RangeError("standard input is too large");
        text += decoder.decode(chunk, { stream: true });
      }
      return text + decoder.decode();
    },
    readFile: (path) => Deno.readTextFile(path),
    async writeFile(path, text, mode) {
      await Deno.mkdir(dirname(path), { recursive: true });
      await Deno.writeTextFile(path, text, { mode, createNew: true });
    },
    environment: Deno.env.toObject(),
  };
}
