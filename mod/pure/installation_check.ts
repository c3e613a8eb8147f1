import * as v from "valibot";

/** What is looked at: a controller's `/readyz` and `/metrics`, as they came. */
export interface ControllerAnswers {
  /** The parsed body of `/readyz`. */
  readonly readiness: unknown;
  readonly metrics: string;
}

/** What was found, a line for each thing. */
export interface InstallationCheck {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

const READINESS = v.object({
  ready: v.boolean(),
  conditions: v.record(
    v.string(),
    v.object({ holds: v.boolean(), reason: v.optional(v.string()) }),
  ),
});

/**
 * Whether an installation works from end to end: the controller is ready (it reads its source and
 * the bucket in NATS), and a report of an agent came back through NATS. Not every node must have an
 * agent: some are left out on purpose, and others can have none.
 */
export function checkInstallation({ readiness, metrics }: ControllerAnswers): InstallationCheck {
  const parts = [checkReadiness(readiness), checkAgents(metrics)];
  return { ok: parts.every(({ ok }) => ok), lines: parts.flatMap(({ lines }) => lines) };
}

function checkReadiness(answer: unknown): InstallationCheck {
  const parsed = v.safeParse(READINESS, answer);
  if (!parsed.success) {
    return { ok: false, lines: ["failed: what answers at /readyz is no controller"] };
  }
  const conditions = Object.entries(parsed.output.conditions);
  const failing = conditions.filter(([, { holds }]) => !holds);
  if (parsed.output.ready) {
    return { ok: true, lines: [`ok: ready (${conditions.map(([name]) => name).join(", ")})`] };
  }
  const lines = failing.map(([name, { reason }]) =>
    `failed: ${name}: ${reason ?? "does not hold"}`
  );
  return { ok: false, lines: lines.length > 0 ? lines : ["failed: it has just been started"] };
}

function checkAgents(metrics: string): InstallationCheck {
  const [fresh, stale, missing] = ["fresh", "stale", "missing"].map((state) =>
    valueOf(metrics, `warm_images_agents{state="${state}"}`)
  );
  if (!fresh) return { ok: false, lines: ["failed: no agent has reported yet"] };
  const [wanted, warm] = ["warm_images_wanted", "warm_images_warm"].map((name) =>
    valueOf(metrics, name)
  );
  const agents = `ok: nodes whose agent reports: ${fresh}, silent: ${stale}, without: ${missing}`;
  return { ok: true, lines: [agents, `ok: images wanted: ${wanted}, warm on all nodes: ${warm}`] };
}

/** A sample's value; 0 when there is none. */
function valueOf(metrics: string, series: string): number {
  const line = metrics.split("\n").find((each) => each.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.slice(series.length));
}
