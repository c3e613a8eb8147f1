// A program for tests/adapters/shutdown_real_test.ts: prints what happens, and takes a moment to stop.
import { listenForShutdown } from "../../../mod/adapters/shutdown.ts";
import { recordingLogger } from "./quiet.ts";

const logger = recordingLogger();
using stop = listenForShutdown({ logger });
const forever = setInterval(() => {}, 1000);
stop.signal.addEventListener("abort", () => {
  say(`stopping: ${stop.signal.reason.message}; ${logger.lines[0]?.message}`);
  if (!Deno.args.includes("never")) clearInterval(forever);
});
say("running");
await new Promise<void>((resolve) => {
  if (!Deno.args.includes("never")) stop.signal.addEventListener("abort", () => resolve());
});
say("stopped");

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
