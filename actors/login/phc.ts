/**
 * Password hashes as they are stored: PHC strings (`$argon2id$v=19$m=…,t=…,p=…$salt$hash`, `$scrypt$ln=…,r=…,p=…$…`)
 * and bcrypt's `$2b$cost$…`. Anything else, plain text before all, is refused.
 */
export type ParsedHash =
  | {
    kind: "argon2id";
    memoryKib: number;
    passes: number;
    lanes: number;
    salt: Uint8Array<ArrayBuffer>;
    hash: Uint8Array<ArrayBuffer>;
  }
  | {
    kind: "scrypt";
    costLog2: number;
    blockSize: number;
    lanes: number;
    salt: Uint8Array<ArrayBuffer>;
    hash: Uint8Array<ArrayBuffer>;
  }
  | { kind: "bcrypt"; text: string };

/** What new hashes cost: OWASP's least for argon2id, about 90 ms and 19 MiB. */
export const COST = { memoryKib: 19456, passes: 2, lanes: 1, saltBytes: 16, hashBytes: 32 } as const;

/** Costs beyond these would let one login stall all others. */
const MOST = { memoryKib: 256 * 1024, passes: 16, lanes: 16, bcryptCost: 15, blockSize: 32 };
const ARGON2ID =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;
const SCRYPT = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;
const BCRYPT = /^\$2[aby]\$(\d{2})\$[./A-Za-z0-9]{53}$/;

/** Takes a stored hash apart. SyntaxError when it is of no kind that we check, or costs too much. */
export function parseHash(text: string): ParsedHash {
  const parsed = parseArgon2id(text) ?? parseScrypt(text) ?? parseBcrypt(text);
  if (!parsed) throw new SyntaxError("not a supported password hash");
  return parsed;
}

/** Whether a hash is as strong as those made today; otherwise the next login replaces it. */
export function isCurrent(text: string): boolean {
  const parsed = parseHash(text);
  return parsed.kind === "argon2id" && parsed.memoryKib >= COST.memoryKib && parsed.passes >= COST.passes &&
    parsed.salt.length >= COST.saltBytes && parsed.hash.length >= COST.hashBytes;
}

/** The PHC string of an argon2id hash of today's cost. */
export function formatHash(salt: Uint8Array, hash: Uint8Array): string {
  const { memoryKib, passes, lanes } = COST;
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${unpadded(salt)}$${unpadded(hash)}`;
}

function parseArgon2id(text: string): ParsedHash | null {
  const match = ARGON2ID.exec(text);
  if (!match) return null;
  const [memoryKib, passes, lanes] = match.slice(1, 4).map(Number);
  const [salt, hash] = match.slice(4).map(bytes);
  if (memoryKib > MOST.memoryKib || passes > MOST.passes || lanes > MOST.lanes) return null;
  if (passes < 1 || lanes < 1 || memoryKib < 8 * lanes || salt.length < 8 || hash.length < 16) return null;
  return { kind: "argon2id", memoryKib, passes, lanes, salt, hash };
}

function parseScrypt(text: string): ParsedHash | null {
  const match = SCRYPT.exec(text);
  if (!match) return null;
  const [costLog2, blockSize, lanes] = match.slice(1, 4).map(Number);
  const [salt, hash] = match.slice(4).map(bytes);
  if (blockSize < 1 || blockSize > MOST.blockSize || lanes < 1 || lanes > MOST.lanes || costLog2 < 1) {
    return null;
  }
  if (2 ** costLog2 * blockSize * 128 > MOST.memoryKib * 1024 || hash.length < 16) return null;
  return { kind: "scrypt", costLog2, blockSize, lanes, salt, hash };
}

function parseBcrypt(text: string): ParsedHash | null {
  const match = BCRYPT.exec(text);
  if (!match) return null;
  const cost = Number(match[1]);
  return cost >= 4 && cost <= MOST.bcryptCost ? { kind: "bcrypt", text } : null;
}

/** Base 64 without padding, as the PHC format has it. */
function unpadded(data: Uint8Array): string {
  return data.toBase64({ omitPadding: true });
}

function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(base64, { lastChunkHandling: "loose" });
}
