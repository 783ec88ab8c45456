/** Counters, gauges and histograms of one process, written as OpenMetrics text. */
export interface Metrics {
  /** Adds to a counter. Names end without `_total`; the text form adds it. */
  count(name: string, labels?: Labels, by?: number): void;
  /** Sets a gauge. */
  gauge(name: string, value: number, labels?: Labels): void;
  /** Adds an observation in seconds to a histogram. */
  observe(name: string, seconds: number, labels?: Labels): void;
  /** Everything so far; plain data, so that places can send theirs to main. */
  snapshot(): MetricSample[];
}

/** Names and values that tell series of one metric apart. */
export type Labels = Record<string, string>;

/** One series with its value, as plain data. */
export interface MetricSample {
  name: string;
  kind: "counter" | "gauge" | "histogram";
  labels: Labels;
  value: number;
  /** Histogram: observations at most `BUCKETS[i]` seconds, and their sum. */
  buckets?: number[];
  sum?: number;
}

/** Upper bounds of the histogram buckets, in seconds. */
export const BUCKETS: readonly number[] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30];

/** Makes an empty set of metrics. */
export function createMetrics(): Metrics {
  const samples = new Map<string, MetricSample>();
  const find = (kind: MetricSample["kind"], name: string, labels: Labels = {}): MetricSample => {
    let key = name;
    for (const label in labels) key += `\0${label}\0${labels[label]}`;
    let sample = samples.get(key);
    if (!sample) {
      sample = { name, kind, labels, value: 0 };
      if (kind === "histogram") Object.assign(sample, { buckets: BUCKETS.map(() => 0), sum: 0 });
      samples.set(key, sample);
    }
    return sample;
  };
  return {
    count: (name, labels, by = 1) => void (find("counter", name, labels).value += by),
    gauge: (name, value, labels) => void (find("gauge", name, labels).value = value),
    observe(name, seconds, labels) {
      const sample = find("histogram", name, labels);
      sample.value++;
      sample.sum! += seconds;
      for (let i = 0; i < BUCKETS.length; i++) if (seconds <= BUCKETS[i]) sample.buckets![i]++;
    },
    snapshot: () => [...samples.values()].map((s) => ({ ...s, buckets: s.buckets?.slice() })),
  };
}

/** OpenMetrics text of samples from several processes; equal series are added up (gauges too). */
export function formatMetrics(all: readonly MetricSample[]): string {
  const families = new Map<string, { kind: string; series: Map<string, MetricSample> }>();
  for (const sample of all) {
    const family = families.get(sample.name) ??
      { kind: sample.kind, series: new Map<string, MetricSample>() };
    families.set(sample.name, family);
    const key = formatLabels(sample.labels);
    const known = family.series.get(key);
    if (!known) {
      family.series.set(key, { ...sample, buckets: sample.buckets?.slice() });
      continue;
    }
    known.value += sample.value;
    if (sample.buckets) {
      known.buckets = known.buckets!.map((count, i) => count + sample.buckets![i]);
      known.sum = known.sum! + sample.sum!;
    }
  }
  const lines: string[] = [];
  for (const [name, { kind, series }] of [...families].sort(([a], [b]) => a < b ? -1 : 1)) {
    lines.push(`# TYPE ${name} ${kind}`);
    for (const sample of series.values()) lines.push(...formatSample(sample));
  }
  return lines.join("\n") + "\n# EOF\n";
}

function formatSample(sample: MetricSample): string[] {
  const { name, labels, value } = sample;
  if (sample.kind === "counter") return [`${name}_total${formatLabels(labels)} ${value}`];
  if (sample.kind === "gauge") return [`${name}${formatLabels(labels)} ${value}`];
  const lines = BUCKETS.map((le, i) =>
    `${name}_bucket${formatLabels({ ...labels, le: String(le) })} ${sample.buckets![i]}`
  );
  lines.push(`${name}_bucket${formatLabels({ ...labels, le: "+Inf" })} ${value}`);
  lines.push(
    `${name}_count${formatLabels(labels)} ${value}`,
    `${name}_sum${formatLabels(labels)} ${sample.sum}`,
  );
  return lines;
}

function formatLabels(labels: Labels): string {
  const entries = Object.entries(labels);
  if (!entries.length) return "";
  return `{${
    entries.map(([k, v]) => `${k}="${v.replace(/[\\"\n]/g, (c) => c === "\n" ? "\\n" : "\\" + c)}"`).join(",")
  }}`;
}
