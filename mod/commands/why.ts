import { runLogged } from "../program.ts";
import type { ControllerSettings } from "../pure/settings/controller_settings.ts";

/** Explains why an image is wanted or not, and where; resolves to the exit code. */
export async function why(settings: ControllerSettings): Promise<number> {
  return await runLogged(settings, () => Promise.resolve(1));
}
