/** Ports for tests: below those that Linux gives to outgoing connections, which begin at 32768. */
const FIRST = 12_000;
const BLOCKS = 40;
const BLOCK_PORTS = 500;

/** Where the next port is looked for, and the end of this process's block. */
let next = 0, end = 0;
/** Each holds a block for as long as this process lives. */
const guards: Deno.Listener[] = [];

/**
 * Ports on which nothing listens and that nobody else will be given. A test process has blocks of ports to itself:
 * it listens on the first port of each, so that no other one can take the same block, and gives out no port twice. A
 * server may therefore bind them late, and again when it is restarted.
 */
export function freePorts(count: number, hostname = "127.0.0.1"): number[] {
  const ports: number[] = [];
  while (ports.length < count) {
    if (next === end) takeBlock();
    const port = next++;
    const probe = tryListen(hostname, port);
    if (!probe) continue;
    probe.close();
    ports.push(port);
  }
  return ports;
}

/** One of `freePorts`. */
export function freePort(hostname?: string): number {
  return freePorts(1, hostname)[0];
}

/** Takes a block that no other process has; which one is looked at first differs by process. */
function takeBlock(): void {
  for (let i = 0; i < BLOCKS; i++) {
    const first = FIRST + (Deno.pid + i) % BLOCKS * BLOCK_PORTS;
    const guard = tryListen("127.0.0.1", first);
    if (!guard) continue;
    guards.push(guard);
    next = first + 1;
    end = first + BLOCK_PORTS;
    return;
  }
  throw new Error("other test processes have all the ports");
}

/** Null when something listens there. */
function tryListen(hostname: string, port: number): Deno.Listener | null {
  try {
    return Deno.listen({ hostname, port });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return null;
    throw error;
  }
}
