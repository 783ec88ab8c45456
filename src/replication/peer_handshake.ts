import type { ByteStream } from "./byte_stream.ts";
import { decodeFrame, encodeFrame, FrameReader } from "./frame.ts";
import type { Meetings, PeerHello } from "./link.ts";
import { LIMITS } from "../base/limits.ts";
import {
  commonVersion,
  formatRange,
  type HelloMessage,
  type OutgoingMessage,
  parseMessage,
  type PeerMessage,
  type VersionRange,
} from "./messages.ts";

/** How two servers introduce themselves. */
export interface HandshakeOptions {
  stream: ByteStream;
  nodeId: string;
  dataId: string;
  met?: Meetings;
  /** The `node.id` that the certificate of the other side is for. */
  peerId: string;
  versions: VersionRange;
  /** Both have said welcome. The reader holds what came behind it; the stream's handlers are the caller's again. */
  onDone: (peer: PeerHello, reader: FrameReader) => void;
  /** It came to nothing; the stream is ending. */
  onRefused: (reason: string) => void;
}

/**
 * Introduces this server and hears the other one: each says `hello`, looks at the other's, and says `welcome` with the
 * version or `refuse` with the reason. Both count the versions out by themselves, so the two welcomes must agree.
 */
export function shakeHands(options: HandshakeOptions): void {
  const { stream } = options;
  const reader = new FrameReader(LIMITS.linkHelloBytes);
  let peer: PeerHello | null = null;
  let over = false;
  const send = (message: OutgoingMessage) => stream.write(encodeFrame(message).pieces);
  const fail = (reason: string, tell: boolean) => {
    if (over) return;
    over = true;
    if (tell) send({ type: "refuse", reason });
    stream.end();
    options.onRefused(reason);
  };
  const onMessage = (message: PeerMessage | null) => {
    if (message?.type === "refuse") return fail(`the other server refuses: ${message.reason}`, false);
    if (message?.type === "hello" && !peer) {
      const problem = helloProblem(message, options);
      if (problem !== null) return fail(problem, true);
      const version = commonVersion(options.versions, message.versions)!; // helloProblem has looked
      const { node, dataId, met } = message;
      peer = met ? { node, dataId, met, version } : { node, dataId, version };
      return send({ type: "welcome", version });
    }
    if (message?.type !== "welcome" || !peer) return fail("something came before the introduction", true);
    if (message.version !== peer.version) {
      return fail(`version ${peer.version} was agreed on, ${message.version} was said`, true);
    }
    over = true;
    options.onDone(peer, reader);
  };
  stream.onClosed = (reason) => fail(`no introduction: ${reason}`, false);
  stream.onData = (bytes) => {
    try {
      reader.push(bytes);
      for (let frame; !over && (frame = reader.next());) onMessage(parseMessage(decodeFrame(frame)));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      fail(`the other server sent ${error.message}`, true);
    }
  };
  const { nodeId, dataId, met, versions } = options;
  send({ type: "hello", node: nodeId, dataId, met, versions: [...versions] });
}

function helloProblem(hello: HelloMessage, options: HandshakeOptions): string | null {
  if (hello.node !== options.peerId) {
    const said = hello.node.slice(0, LIMITS.linkReasonChars);
    return `it says that it is ${JSON.stringify(said)}, its certificate says ${
      JSON.stringify(options.peerId)
    }`;
  }
  if (commonVersion(options.versions, hello.versions) !== null) return null;
  return `no version in common: ${options.nodeId} speaks ${formatRange(options.versions)}, ` +
    `${options.peerId} speaks ${formatRange(hello.versions)}`;
}
