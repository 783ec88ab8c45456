/**
 * A cable between two servers: a TCP relay that can be cut. `cut` is silent, as when somebody pulls the plug: nothing
 * arrives any more and nobody is told.
 */
export class Cable {
  readonly port: number;
  /** Bytes carried so far, both ways. */
  carriedBytes = 0;
  #whole = true;
  readonly #listener: Deno.TcpListener;
  readonly #connections = new Set<Deno.Conn>();

  constructor(private readonly to: { hostname: string; port: number }, hostname: string) {
    this.#listener = Deno.listen({ hostname, port: 0 });
    this.port = this.#listener.addr.port;
    void this.#serve();
  }

  cut(): void {
    this.#whole = false;
  }

  /** Carries again; connections of before the cut are gone. */
  mend(): void {
    for (const connection of this.#connections) close(connection);
    this.#connections.clear();
    this.#whole = true;
  }

  close(): void {
    this.#listener.close();
    for (const connection of this.#connections) close(connection);
  }

  async #serve(): Promise<void> {
    for await (const near of this.#listener) {
      this.#connections.add(near);
      void this.#connect(near).catch(() => close(near));
    }
  }

  async #connect(near: Deno.TcpConn): Promise<void> {
    if (!this.#whole) return;
    const far = await Deno.connect(this.to);
    this.#connections.add(far);
    near.setNoDelay(true);
    far.setNoDelay(true);
    await Promise.all([this.#carry(near, far), this.#carry(far, near)]);
  }

  async #carry(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const count = await from.read(buffer);
        if (count === null) break;
        if (!this.#whole) continue;
        this.carriedBytes += count;
        for (let sent = 0; sent < count;) sent += await to.write(buffer.subarray(sent, count));
      }
    } catch {
      // One end went away: so does the other.
    }
    close(from);
    close(to);
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It was closed from the other side.
  }
}
