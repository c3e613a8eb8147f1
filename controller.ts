import { openNodeUsers } from "./mod/adapters/nats/auth_callout.ts";
import { openNatsStore } from "./mod/adapters/nats/store.ts";
import { openPage } from "./mod/adapters/page/page.ts";
import { openSealing } from "./mod/adapters/sealing/hpke.ts";
import { check } from "./mod/commands/check.ts";
import { keepLogins } from "./mod/commands/logins.ts";
import { plan } from "./mod/commands/plan.ts";
import { removeBytes } from "./mod/commands/remove_bytes.ts";
import { status } from "./mod/commands/status.ts";
import { why } from "./mod/commands/why.ts";
import { runController } from "./mod/flow/controller_loop.ts";
import { ShownBucket } from "./mod/flow/shown_bucket.ts";
import { openOrigin } from "./mod/origin.ts";
import { resolveSettings, runUntilStopped, type ServingContext } from "./mod/program.ts";
import {
  type ControllerSettings,
  controllerVariables,
  readControllerSettings,
} from "./mod/pure/settings/controller_settings.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));

/** Runs the controller until it is told to stop, or another of its commands; gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const settings = await resolveSettings({
    program: "controller",
    variables: controllerVariables(),
    read: readControllerSettings,
  }, args);
  if (typeof settings === "number") return settings;
  switch (settings.command) {
    case "run":
      return await runUntilStopped("controller", settings, (context) => run(settings, context));
    case "status":
      return await status(settings);
    case "why":
      return await why(settings);
    case "plan":
      return await plan(settings);
    case "make-logins":
    case "remove-logins":
      return await keepLogins(settings);
    case "remove-bytes":
      return await removeBytes(settings);
    case "check":
      return await check(settings);
    default:
      return settings.command satisfies never;
  }
}

async function run(settings: ControllerSettings, context: ServingContext): Promise<void> {
  const identity = `${Deno.hostname()}-${crypto.randomUUID().slice(0, 8)}`;
  const { bucket, forgetAfterMs, startupTaints, extraCaFile } = settings;
  const nats = { ...settings.nats, extraCaFile };
  using origin = await openOrigin(settings, context);
  const { source, pulledEvents, nodeGates, logins, nodeTokens, serverClock } = origin;
  const failureEvents = origin.failureEvents?.(identity);
  const hasPage = settings.page && settings.health !== undefined;
  const gate = nodeGates && settings.gate;
  const rules = { ...settings.rules, private: settings.private, gateFor: gate?.for };
  const isShown = [hasPage, pulledEvents, failureEvents, gate, logins].some(Boolean);
  const shown = isShown ? new ShownBucket() : undefined;
  const leadership = origin.leadership(identity);
  await using store = openNatsStore(nats, {
    ...context,
    role: "controller",
    name: identity,
    bucket,
  });
  await using page = hasPage && shown ? openPage({ ...context, shown }) : undefined;
  using _served = page && context.serveAlso(page.handle);
  const { nodeUsersFile: seedsFile } = settings;
  await using _answered = seedsFile !== undefined && nodeTokens && serverClock
    ? openNodeUsers(nats, {
      ...context,
      seedsFile,
      tokens: nodeTokens,
      serverClock,
      name: identity,
    })
    : undefined;
  await runController(
    {
      ...context,
      source,
      leadership,
      store,
      shown,
      pulledEvents,
      failureEvents,
      nodeGates,
      logins: logins && { ...logins, sealing: openSealing() },
      serverClock,
    },
    { ...context, rules, forgetAfterMs, startupTaints, gate, given: settings.private, identity },
  );
}
