import { inheritedFlags } from "../../mod/build/offline_flags.ts";
import { freePort } from "./ports.ts";
import { startProcess, type TestProcess } from "./process.ts";
import { answersOk } from "./wait.ts";

/** Where the repository is. */
export const REPOSITORY = decodeURIComponent(new URL("../..", import.meta.url).pathname);

/** Rights are held by the tests of compiled programs; types by `deno check`. */
const SOURCE_FLAGS = ["run", "--no-prompt", "--allow-all", "--no-check"];

/** A running controller or agent; disposing stops it. */
export interface TestProgram extends TestProcess {
  /** "http://127.0.0.1:PORT" of /livez, /readyz and /metrics. */
  readonly health: string;
  /** Whether /readyz says so. */
  ready(): Promise<boolean>;
  /** Names and reasons of conditions that do not hold. */
  notReady(): Promise<Record<string, string>>;
  /** The value of a metric without labels. */
  metric(name: string): Promise<number | undefined>;
}

/** How to start a program. */
export interface StartProgramOptions {
  readonly flags?: readonly string[];
  readonly env?: Record<string, string>;
  /** A compiled binary; the source otherwise. */
  readonly binary?: string;
  /** Waits until /readyz holds. Default: until /livez answers. */
  readonly untilReady?: boolean;
}

/** Starts the controller or the agent as a child process, as a user does. */
export async function startProgram(
  program: "controller" | "agent",
  options: StartProgramOptions = {},
): Promise<TestProgram> {
  const address = `127.0.0.1:${freePort()}`;
  const health = `http://${address}`;
  const flags = [...(options.flags ?? []), "--health-address", address];
  const [command, args] = options.binary ? [options.binary, flags] : sourceCommand(program, flags);
  const ready = () => answersOk(`${health}/readyz`);
  const process = await startProcess(command, {
    args: [...args],
    ...(options.env && { env: options.env }),
    ready: options.untilReady ? ready : () => answersOk(`${health}/livez`),
    readyTimeoutMs: 60_000,
  });
  return {
    ...process,
    health,
    ready: () => ready().catch(() => false),
    notReady: () => unmetConditions(health),
    metric: (name) => readMetric(health, name),
  };
}

/** How to run a program from its source: the command and its arguments. */
export function sourceCommand(
  program: "controller" | "agent",
  flags: readonly string[],
): [string, string[]] {
  const source = `${REPOSITORY}${program}.ts`;
  return [Deno.execPath(), [...SOURCE_FLAGS, ...inheritedFlags(), source, ...flags]];
}

async function unmetConditions(health: string): Promise<Record<string, string>> {
  const response = await fetch(`${health}/readyz`);
  const { conditions } = await response.json() as {
    conditions: Record<string, { holds: boolean; reason?: string }>;
  };
  const unmet = Object.entries(conditions).filter(([, condition]) => !condition.holds);
  return Object.fromEntries(unmet.map(([name, { reason }]) => [name, reason ?? ""]));
}

async function readMetric(health: string, name: string): Promise<number | undefined> {
  const text = await (await fetch(`${health}/metrics`)).text();
  const line = text.split("\n").find((line) => line.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}
