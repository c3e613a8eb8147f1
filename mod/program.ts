import { Wake } from "./async/wake.ts";
import { systemClock } from "./adapters/clock.ts";
import { openHealth } from "./adapters/health/health_server.ts";
import { HealthState } from "./adapters/health/health_state.ts";
import { openLog } from "./adapters/log.ts";
import { openMetrics } from "./adapters/prom_metrics.ts";
import { listenForShutdown } from "./adapters/shutdown.ts";
import { OutputClosedError, print } from "./adapters/terminal/print.ts";
import { nextCauses } from "./flow/heartbeat.ts";
import type { Clock } from "./ports/clock.ts";
import type { Conditions } from "./ports/conditions.ts";
import type { HttpHandler } from "./ports/http_handler.ts";
import type { Logger } from "./ports/logger.ts";
import type { Metrics } from "./ports/metrics.ts";
import type { Readiness } from "./pure/readiness.ts";
import type { ProcessSettings } from "./pure/settings/process_settings.ts";
import {
  type Environment,
  type SettingsOutcome,
  UnusableSettingsError,
} from "./pure/settings/settings.ts";
import { VERSION } from "./pure/version.ts";
import { messageOf } from "./pure/message_of.ts";

export { print };

/** The two programs. */
export type ProgramName = "controller" | "agent";

/** How a program gets its settings. */
export interface ProgramSpec<Settings> {
  readonly program: ProgramName;
  /** Names of the environment variables it reads; it may have no right to others. */
  readonly variables: readonly string[];
  readonly read: (args: readonly string[], env: Environment) => SettingsOutcome<Settings>;
}

/** What a running program works with. */
export interface ProgramContext {
  readonly logger: Logger;
  readonly conditions: Conditions;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Aborts when the program is asked to stop. */
  readonly signal: AbortSignal;
}

/** The same with what a program may show on its health port. */
export interface ServingContext extends ProgramContext {
  /** Such as `warm-images agent 0.1.0`. */
  readonly title: string;
  /** What `/readyz` answers. */
  readonly readiness: () => Readiness;
  /** Has a handler asked for what the health server does not serve; until disposed. */
  readonly serveAlso: (handler: HttpHandler) => Disposable;
}

/** The exit code for settings that cannot be used. */
const USAGE = 2;

/** The exit code when nobody reads the output any more, as of a program that SIGPIPE ended. */
const UNREAD = 128 + 13;

/**
 * Reads settings, answers `--help` and `--version`, or shows all faults: once, or with
 * `--hold-on-faults` until the program is stopped.
 * Returns the settings, or the exit code when there is nothing left to do.
 */
export async function resolveSettings<Settings>(
  { program, variables, read }: ProgramSpec<Settings>,
  args: readonly string[],
): Promise<Settings | number> {
  const env = Object.fromEntries(variables.map((name) => [name, Deno.env.get(name)]));
  const outcome = read(args, env);
  switch (outcome.type) {
    case "settings":
      return outcome.settings;
    case "help":
      return printAll(outcome.text);
    case "version":
      return printAll(`warm-images-${program} ${VERSION}`);
    case "faults":
      if (outcome.held) return await holdFaults(program, outcome.faults, outcome.held);
      for (const fault of outcome.faults) print(Deno.stderr, fault);
      print(Deno.stderr, `\nwarm-images-${program} --help shows all settings`);
      return USAGE;
    default:
      return outcome satisfies never;
  }
}

/** Runs `body` until it ends or a signal comes, with log, health and metrics; gives the exit code. */
export async function runUntilStopped(
  program: ProgramName,
  settings: ProcessSettings,
  body: (context: ServingContext) => Promise<void>,
): Promise<number> {
  return await runLogged(settings, async ({ logger, signal }) => {
    const metrics = openMetrics(program);
    const clock = systemClock;
    const state = new HealthState(clock, metrics);
    const title = `warm-images ${program} ${VERSION}`;
    await using health = openHealth({ address: settings.health, state, metrics, title });
    const { hostname, port } = health.address ?? {};
    logger.info(`Started ${title}`, { health: hostname && `http://${hostname}:${port}/` });
    const context = {
      ...{ logger, conditions: state, metrics, clock, title, signal },
      readiness: () => state.readiness(),
      serveAlso: health.serveAlso,
    };
    try {
      await body(context);
    } catch (error) {
      if (!settings.holdOnFaults || !(error instanceof UnusableSettingsError)) throw error;
      await hold(error.faults, context);
    }
    logger.info("Stopped");
    return 0;
  });
}

/** Runs `body` with a log and a signal to end by; gives its exit code, or 1 for what it throws. */
export async function runLogged(
  { log }: Pick<ProcessSettings, "log">,
  body: (context: Pick<ProgramContext, "logger" | "signal">) => Promise<number>,
): Promise<number> {
  const logger = openLog({ ...log, isTerminal: Deno.stderr.isTerminal() });
  using shutdown = listenForShutdown({ logger });
  try {
    return await body({ logger, signal: shutdown.signal });
  } catch (error) {
    if (error instanceof OutputClosedError) return UNREAD;
    logger.error("Ended by an error", { error: messageOf(error) });
    return 1;
  }
}

/** Prints all that a program has to say; gives its exit code. */
function printAll(text: string): number {
  try {
    print(Deno.stdout, text);
    return 0;
  } catch (error) {
    if (error instanceof OutputClosedError) return UNREAD;
    throw error;
  }
}

function holdFaults(
  program: ProgramName,
  faults: readonly string[],
  settings: ProcessSettings,
): Promise<number> {
  const refuse = () => Promise.reject(new UnusableSettingsError(faults));
  return runUntilStopped(program, settings, refuse);
}

/** Shows faults in the log and at `/readyz` until the program is told to stop. */
async function hold(faults: readonly string[], context: ProgramContext): Promise<void> {
  const { logger, conditions, signal } = context;
  for (const fault of faults) logger.error("Cannot work until this is corrected", { fault });
  conditions.set("settings", false, faults.join("; "));
  await nextCauses(new Wake(), conditions, { signal, idleMs: Infinity });
}
