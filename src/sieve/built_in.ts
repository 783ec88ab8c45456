import type { Extension } from "./extension.ts";
import { COPY } from "./extensions/copy.ts";
import { ENCODED_CHARACTER } from "./extensions/encoded_character.ts";
import { ENVELOPE } from "./extensions/envelope.ts";
import { FILEINTO } from "./extensions/fileinto.ts";

/** Every extension that comes with the server: a new one is a file and a line here. */
export const BUILT_IN: readonly Extension[] = [COPY, ENCODED_CHARACTER, ENVELOPE, FILEINTO];
