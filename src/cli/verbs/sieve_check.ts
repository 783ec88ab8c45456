import { formatDiagnostic } from "../../codec/sieve/diagnostic.ts";
import { compile } from "../../sieve/compile.ts";
import type { Command } from "../command.ts";
import { readScript } from "./script_file.ts";

/** `sieve check`: the compiler's words about a script, without a server. */
export const sieveCheckCommand: Command = {
  name: "sieve check",
  summary: "Compile a Sieve script and tell what is wrong with it; - reads standard input.",
  arguments: [{ name: "FILE", help: "file with the script" }],
  options: [{ name: "json", help: "print JSON" }],
  async run(input, io) {
    const { errors, warnings } = compile(await readScript(input, io));
    if (input.isSet("json")) io.out(JSON.stringify({ errors, warnings }, null, 2));
    else {
      for (const one of warnings) io.out(`warning: ${formatDiagnostic(one)}`);
      for (const one of errors) io.error(formatDiagnostic(one));
      if (!errors.length) io.out("the script is valid");
    }
    return errors.length ? 1 : 0;
  },
};
