/**
 * Two servers in two network namespaces, and the link between them really down. What runs inside is `namespaced.ts`.
 * Needs root and `ip`; where they are missing, the test says so and is ignored.
 */
const NAMES = ["mallard-mx1", "mallard-mx2"] as const;
/** One pair of interfaces is the link of the servers, the other one is for the clients and stays up. */
const WIRES = [["mallard-l", "10.77.1"], ["mallard-c", "10.77.2"]] as const;

function ip(...args: string[]): boolean {
  return new Deno.Command("ip", { args, stdout: "null", stderr: "null" }).outputSync().success;
}

function lay(): boolean {
  clear();
  const laid = NAMES.every((name) => ip("netns", "add", name) && ip("-n", name, "link", "set", "lo", "up")) &&
    WIRES.every(([wire]) =>
      ip(
        "-n",
        NAMES[0],
        "link",
        "add",
        `${wire}1`,
        "type",
        "veth",
        "peer",
        "name",
        `${wire}2`,
        "netns",
        NAMES[1],
      )
    ) &&
    WIRES.every(([wire, net]) =>
      [1, 2].every((n) =>
        ip("-n", NAMES[n - 1], "address", "add", `${net}.${n}/24`, "dev", `${wire}${n}`) &&
        ip("-n", NAMES[n - 1], "link", "set", `${wire}${n}`, "up")
      )
    );
  if (!laid) clear();
  return laid;
}

function clear(): void {
  for (const name of NAMES) ip("netns", "delete", name);
}

/** Why it cannot run here; null when it can. */
function obstacle(): string | null {
  if (Deno.uid() !== 0) return "it needs root";
  try {
    if (!ip("-V")) return "ip does not work";
  } catch {
    return "there is no ip";
  }
  if (!lay()) return "no network namespaces can be made";
  clear();
  return null;
}

const reason = obstacle();
if (reason !== null) console.log(`two network namespaces: ignored, ${reason}`);

Deno.test({
  name: "two network namespaces, the link between them down: both take mail, and heal within 10 s",
  ignore: reason !== null,
  async fn() {
    if (!lay()) throw new Error("no network namespaces can be made");
    try {
      const script = new URL("namespaced.ts", import.meta.url).pathname;
      const run = ["run", "-A", "--no-check", script, NAMES[1], `${WIRES[0][0]}1`];
      const { code } = await new Deno.Command("ip", {
        args: ["netns", "exec", NAMES[0], Deno.execPath(), ...run],
        stdin: "null",
      }).output().then((output) => {
        console.log(new TextDecoder().decode(output.stdout) + new TextDecoder().decode(output.stderr));
        return output;
      });
      if (code !== 0) throw new Error(`inside the namespaces it ended with ${code}`);
    } finally {
      clear();
    }
  },
});
