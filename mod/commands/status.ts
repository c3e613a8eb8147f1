import { runLogged } from "../program.ts";
import type { ControllerSettings } from "../pure/settings/controller_settings.ts";

/** Prints what is warm where; resolves to the exit code. */
export async function status(settings: ControllerSettings): Promise<number> {
  return await runLogged(settings, () => Promise.resolve(1));
}
