/** A configured way for a domain: no MX lookup. `domain` is a name, `*.name` for all below it, or `*`. */
export interface StaticRoute {
  domain: string;
  host: string;
  port: number;
}

/** A server that takes everything for outside, R04 and R06. */
export interface Smarthost {
  host: string;
  port: number;
  user?: string;
  password?: string;
  /** With a login the default is `must`; without one `may`. */
  tls?: "may" | "must" | "verify";
}

/** Where the mail of one domain goes. Equal `key`s may share connections. */
export type Route =
  | { kind: "mx"; key: string; domain: string }
  | { kind: "host"; key: string; host: string; port: number; smarthost: Smarthost | null };

/** Routes in the order of choice: the first static route that matches, the smarthost, MX. */
export function chooseRoute(
  domain: string,
  routes: readonly StaticRoute[],
  smarthost: Smarthost | null,
): Route {
  const fixed = routes.find((route) => matchesDomain(route.domain, domain));
  const to = fixed ?? smarthost;
  if (!to) return { kind: "mx", key: `mx ${domain}`, domain };
  const { host, port } = to;
  return { kind: "host", key: `host ${host} ${port}`, host, port, smarthost: fixed ? null : smarthost };
}

/** Whether a pattern covers a domain: equal, below `*.`, or `*`. Case does not count. */
export function matchesDomain(pattern: string, domain: string): boolean {
  const wanted = pattern.toLowerCase();
  const name = domain.toLowerCase();
  if (wanted === "*") return true;
  if (wanted.startsWith("*.")) return name.endsWith(wanted.slice(1)) && name.length > wanted.length - 1;
  return name === wanted;
}
