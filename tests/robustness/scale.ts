/** `MALLARD_ROBUSTNESS=full`: the sizes that are promised, not the short forms of the test run. */
export const FULL = Deno.env.get("MALLARD_ROBUSTNESS") === "full";

/** Figures of a run, told in the full form only. */
export function tell(line: string): void {
  if (FULL) console.log(line);
}
