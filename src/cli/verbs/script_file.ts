import { CommandFailure, type Input, type Io } from "../command.ts";

/** The text of the argument FILE; `-` is standard input. */
export async function readScript(input: Input, io: Io): Promise<string> {
  const file = input.argument("FILE");
  const text = file === "-" ? await io.readInput() : await io.readFile(file).catch((error: Error) => {
    throw new CommandFailure(`cannot read ${file}: ${error.message}`);
  });
  if (text === "") throw new CommandFailure(`${file === "-" ? "standard input" : file} is empty`);
  return text;
}
