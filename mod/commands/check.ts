import { systemClock } from "../adapters/clock.ts";
import { askController } from "../adapters/health/health_client.ts";
import { pause } from "../async/delay.ts";
import { print, runLogged } from "../program.ts";
import { checkInstallation, type InstallationCheck } from "../pure/installation_check.ts";
import { messageOf } from "../pure/message_of.ts";
import type { ControllerSettings } from "../pure/settings/controller_settings.ts";

/** How long an installation may take to work, and how often it is asked. */
const TIMES = { timeoutMs: 120_000, everyMs: 1_000 };

/** Asks a running controller until all is well, and prints what it says; 1 when time is up. */
export async function check(settings: ControllerSettings): Promise<number> {
  return await runLogged(settings, async ({ signal }) => {
    const latest = systemClock.monotonicMs() + TIMES.timeoutMs;
    let found = await look(settings.controllerUrl, signal);
    while (!found.ok && systemClock.monotonicMs() < latest && !signal.aborted) {
      await pause(TIMES.everyMs, signal);
      found = await look(settings.controllerUrl, signal);
    }
    print(Deno.stdout, found.lines.join("\n"));
    return found.ok ? 0 : 1;
  });
}

async function look(url: string, signal: AbortSignal): Promise<InstallationCheck> {
  try {
    return checkInstallation(await askController(url, signal));
  } catch (error) {
    return { ok: false, lines: [`failed: ${messageOf(error)}`] };
  }
}
