import type { TestDefinition } from "../extension.ts";

/** The size of the message in octets, as it came (RFC 5228 §5.9). */
export const SIZE: TestDefinition = {
  name: "size",
  tags: [{ name: "over", group: "direction" }, { name: "under", group: "direction" }],
  parameters: [{ name: "a size", kind: "number" }],
  check(call, checker) {
    if (call.tags.size === 0) checker.error(call.position, '"size" wants ":over" or ":under"');
  },
  test(call, run) {
    const limit = run.number(call, 0) ?? 0, size = run.input.message.length;
    return call.tags.has("over") ? size > limit : size < limit;
  },
};
