import type { Budget } from "./context.ts";

/** A budget of `bytes`. Taking more than is left takes nothing and says so. */
export function createBudget(bytes: number): Budget {
  let left = bytes;
  return {
    take(wanted) {
      if (wanted > left) return false;
      left -= wanted;
      return true;
    },
    give(back) {
      left = Math.min(bytes, left + back);
    },
  };
}
