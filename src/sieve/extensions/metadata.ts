import type { Extension, ParameterDefinition } from "../extension.ts";
import { matchesAny } from "../match/matcher.ts";

const FOLDER: ParameterDefinition = { name: "a folder's name", kind: "text" };
const NAME: ParameterDefinition = { name: "an annotation's name", kind: "text" };
const NAMES: ParameterDefinition = { name: "names of annotations", kind: "texts" };
const KEYS: ParameterDefinition = { name: "texts to compare with", kind: "texts" };

/** Annotations of folders (RFC 5490 §3.3, §3.4). */
export const MBOXMETADATA: Extension = {
  name: "mboxmetadata",
  tests: [
    {
      name: "metadata",
      matching: true,
      parameters: [FOLDER, NAME, KEYS],
      test(call, run) {
        const value = run.host.mailboxMetadata(run.text(call, 0), run.text(call, 1));
        return matchesAny(call, value === null ? [] : [value], call.parameters[2], run);
      },
    },
    {
      name: "metadataexists",
      parameters: [FOLDER, NAMES],
      test(call, run) {
        const folder = run.text(call, 0);
        return run.texts(call, 1).every((name) => run.host.mailboxMetadata(folder, name) !== null);
      },
    },
  ],
};

/** Annotations of the server (RFC 5490 §4). */
export const SERVERMETADATA: Extension = {
  name: "servermetadata",
  tests: [
    {
      name: "servermetadata",
      matching: true,
      parameters: [NAME, KEYS],
      test(call, run) {
        const value = run.host.serverMetadata(run.text(call, 0));
        return matchesAny(call, value === null ? [] : [value], call.parameters[1], run);
      },
    },
    {
      name: "servermetadataexists",
      parameters: [NAMES],
      test: (call, run) => run.texts(call, 0).every((name) => run.host.serverMetadata(name) !== null),
    },
  ],
};
