/** What is used of dns-packet, which comes without types. */

export interface Question {
  name: string;
  type: string;
  class?: string;
}

/** `data` depends on the type; `dns_message.ts` checks its shape. */
export interface Answer {
  name: string;
  type: string;
  class?: string;
  ttl?: number;
  data?: unknown;
}

export interface OptAnswer {
  type: "OPT";
  name: ".";
  udpPayloadSize: number;
  extendedRcode: number;
  ednsVersion: number;
  flags: number;
  options: never[];
}

export interface Packet {
  id?: number;
  type?: "query" | "response";
  flags?: number;
  questions?: Question[];
  answers?: Answer[];
  authorities?: Answer[];
  additionals?: (Answer | OptAnswer)[];
}

export interface DecodedPacket extends Required<Packet> {
  rcode: string;
  flag_qr: boolean;
  flag_tc: boolean;
  flag_ad: boolean;
}

export function encode(packet: Packet): Uint8Array;
export function decode(bytes: Uint8Array): DecodedPacket;
