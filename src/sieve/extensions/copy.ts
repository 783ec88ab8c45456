import type { Extension } from "../extension.ts";

/** `:copy` leaves the implicit keep standing (RFC 3894 §3). */
export const COPY: Extension = {
  name: "copy",
  tags: [{
    of: ["fileinto", "redirect"],
    tag: { name: "copy", apply: (draft) => draft.copy = true },
  }],
};
