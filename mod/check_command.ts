import { systemClock } from "./adapters/clock.ts";
import { askController } from "./adapters/health/health_client.ts";
import { openLog } from "./adapters/log.ts";
import { listenForShutdown } from "./adapters/shutdown.ts";
import { pause } from "./async/delay.ts";
import { print } from "./program.ts";
import type { ControllerSettings } from "./pure/settings/controller_settings.ts";
import { checkInstallation, type InstallationCheck } from "./pure/installation_check.ts";
import { messageOf } from "./pure/message_of.ts";

/** How long an installation may take to work, and how often it is asked. */
const TIMES = { timeoutMs: 120_000, everyMs: 1_000 };

/** Asks a running controller until all is well, and prints what it says; 1 when time is up. */
export async function check(settings: ControllerSettings, times = TIMES): Promise<number> {
  const logger = openLog({ ...settings.log, isTerminal: Deno.stderr.isTerminal() });
  using shutdown = listenForShutdown({ logger });
  const latest = systemClock.monotonicMs() + times.timeoutMs;
  let found = await look(settings.controllerUrl, shutdown.signal);
  while (!found.ok && systemClock.monotonicMs() < latest && !shutdown.signal.aborted) {
    await pause(times.everyMs, shutdown.signal);
    found = await look(settings.controllerUrl, shutdown.signal);
  }
  print(Deno.stdout, found.lines.join("\n"));
  return found.ok ? 0 : 1;
}

async function look(url: string, signal: AbortSignal): Promise<InstallationCheck> {
  try {
    return checkInstallation(await askController(url, signal));
  } catch (error) {
    return { ok: false, lines: [`failed: ${messageOf(error)}`] };
  }
}
