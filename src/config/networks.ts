import { BlockList, isIP } from "node:net";

/** A network: its first address and how many leading bits count. */
export interface Network {
  address: string;
  bits: number;
  family: "ipv4" | "ipv6";
}

/** Reads `192.0.2.0/24`, `2001:db8::/32` or a single address. Throws SyntaxError. */
export function parseNetwork(text: string): Network {
  const [address, length, ...more] = text.split("/");
  const version = isIP(address);
  const most = version === 6 ? 128 : 32;
  const bits = length === undefined ? most : /^\d{1,3}$/.test(length) ? Number(length) : NaN;
  if (!version || more.length || !(bits <= most)) {
    throw new SyntaxError(`${JSON.stringify(text)} is not an address or network like 192.0.2.0/24`);
  }
  return { address, bits, family: version === 6 ? "ipv6" : "ipv4" };
}

/** Whether an address is in one of the networks. IPv4 in IPv6 (`::ffff:a.b.c.d`) counts as IPv4. */
export function networkSet(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const { address, bits, family } of networks.map(parseNetwork)) list.addSubnet(address, bits, family);
  return (text) => {
    const address = text.replace(/^::ffff:(?=\d+\.)/i, "");
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 6 ? "ipv6" : "ipv4");
  };
}
