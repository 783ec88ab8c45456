import type { Database } from "../../src/storage/database.ts";

/** Queries that find nothing in a sound file; each answers one readable line a row. */
const RULES: readonly string[] = [
  "SELECT 'item ' || id || ' has nobody waiting' FROM item " +
  "WHERE NOT EXISTS (SELECT 1 FROM recipient WHERE item=item.id AND state='queued')",
  "SELECT 'item ' || id || ' has ' || coalesce(n, 0) || ' octets of ' || size FROM item LEFT JOIN " +
  "(SELECT item, sum(length(data)) AS n FROM body GROUP BY item) AS b ON b.item=item.id WHERE coalesce(n, 0)<>size",
  "SELECT 'recipient ' || r.id || ' has the wrong ready mark' FROM recipient AS r JOIN item AS i ON i.id=r.item " +
  "WHERE r.ready<>(r.state='queued' AND r.lease IS NULL AND i.held=0)",
  "SELECT 'recipient ' || id || ' has a lease that is not there' FROM recipient " +
  "WHERE lease IS NOT NULL AND lease NOT IN (SELECT id FROM lease)",
  "SELECT 'recipient ' || id || ' is done and still leased' FROM recipient " +
  "WHERE lease IS NOT NULL AND state<>'queued'",
  "SELECT 'destination ' || domain || ' has the wrong next time' FROM destination AS d WHERE next_ms IS NOT " +
  "(SELECT min(next_ms) FROM recipient WHERE ready=1 AND domain=d.domain)",
  "SELECT 'destination ' || domain || ' counts leases wrongly' FROM destination AS d WHERE leases<>" +
  "(SELECT count(*) FROM lease WHERE domain=d.domain)",
  "SELECT DISTINCT 'domain ' || domain || ' has no destination' FROM recipient " +
  "WHERE ready=1 AND domain NOT IN (SELECT domain FROM destination)",
  "SELECT 'the totals are wrong' FROM totals WHERE items<>(SELECT count(*) FROM item) OR " +
  "bytes<>(SELECT coalesce(sum(size), 0) FROM item)",
];

/** Broken invariants, at most a hundred of each sort. */
export function check(db: Database): string[] {
  return RULES.flatMap((sql) => db.all(`${sql} LIMIT 100`).map((row) => String(Object.values(row)[0])));
}
