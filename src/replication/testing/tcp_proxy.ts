import { connect, createServer, type Socket } from "node:net";

/** A cable between two servers that can be cut and held. */
export interface TcpProxy {
  readonly port: number;
  /** Connections that were made through it. */
  readonly connections: number;
  /** While set, nothing passes: connections stay open, bytes pile up in the senders. */
  hold(held: boolean): void;
  /** Forgets the connections there are: they stay open and never pass anything again. */
  lose(): void;
  /** Closes every connection. */
  cut(): void;
  close(): Promise<void>;
}

/** Opens a port that leads to another one. */
export async function tcpProxy(targetPort: number): Promise<TcpProxy> {
  let pairs: [Socket, Socket][] = [];
  const lost: Socket[] = [];
  let held = false;
  let connections = 0;
  const server = createServer({ noDelay: true, allowHalfOpen: false }, (near) => {
    connections++;
    const far = connect({ port: targetPort, host: "127.0.0.1" });
    far.setNoDelay(true);
    const pair: [Socket, Socket] = [near, far];
    pairs.push(pair);
    for (const [from, to] of [pair, [far, near]]) {
      from.on("data", (chunk: Uint8Array) => {
        if (to.write(chunk)) return;
        from.pause();
        to.once("drain", () => held || from.resume());
      });
      from.on("error", () => {}); // a cut looks like one
      from.on("close", () => {
        if (!lost.includes(from)) to.destroy();
      });
      if (held) from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound ? bound.port : 0,
    get connections() {
      return connections;
    },
    hold(value) {
      held = value;
      for (const socket of pairs.flat()) value ? socket.pause() : socket.resume();
    },
    lose() {
      for (const socket of pairs.flat()) {
        socket.pause();
        lost.push(socket);
      }
      pairs = [];
    },
    cut() {
      for (const socket of pairs.flat()) socket.destroy();
      pairs = [];
    },
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of [...pairs.flat(), ...lost]) socket.destroy();
      return closed;
    },
  };
}
