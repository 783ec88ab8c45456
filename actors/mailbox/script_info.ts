/** A stored Sieve script as a list tells it. */
export interface ScriptInfo {
  /** Net-Unicode (RFC 5804 §1.6), NFC. */
  name: string;
  sizeBytes: number;
  /** True of one script at most (RFC 5804 §1.4). */
  active: boolean;
}

/** What an account may store of scripts; what is left out, or above it, is as `LIMITS` says. */
export interface ScriptLimits {
  scripts?: number;
  scriptBytes?: number;
  totalBytes?: number;
}
