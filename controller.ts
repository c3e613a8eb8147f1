import process from "node:process";
import { alwaysLeading } from "./mod/adapters/always_leading.ts";
import { systemClock as clock } from "./mod/adapters/clock.ts";
import type { KubernetesClient } from "./mod/adapters/kubernetes/client.ts";
import { kubernetesLease } from "./mod/adapters/kubernetes/lease.ts";
import { kubernetesSource } from "./mod/adapters/kubernetes/source.ts";
import { openLog } from "./mod/adapters/log.ts";
import { manifestSource } from "./mod/adapters/manifests/source.ts";
import { openNatsStore } from "./mod/adapters/nats/store.ts";
import { drawPlan } from "./mod/adapters/plan_output.ts";
import { check } from "./mod/check_command.ts";
import { listenForShutdown } from "./mod/adapters/shutdown.ts";
import { runController } from "./mod/flow/controller_loop.ts";
import { observeOnce } from "./mod/flow/observe_once.ts";
import { keepLogins } from "./mod/logins_command.ts";
import type { Conditions } from "./mod/ports/conditions.ts";
import type { Metrics } from "./mod/ports/metrics.ts";
import type { WantsSource } from "./mod/ports/wants_source.ts";
import type { Leadership } from "./mod/ports/leadership.ts";
import { print, type ProgramContext, resolveSettings, runUntilStopped } from "./mod/program.ts";
import {
  type ControllerSettings,
  controllerVariables,
  readControllerSettings,
} from "./mod/pure/settings/controller_settings.ts";
import { planOf, type PlanRow } from "./mod/pure/wants/plan.ts";
import { foldWants } from "./mod/pure/wants/wanted_set.ts";
import { messageOf } from "./mod/pure/message_of.ts";

/** How long a plan waits for an API server to list everything. */
const PLAN_TIMEOUT_MS = 60_000;

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
    case "plan":
      return await plan(settings);
    case "make-logins":
    case "remove-logins":
      return await keepLogins(settings, (how) => connectKubernetes(settings, how));
    case "check":
      return await check(settings);
    default:
      return settings.command satisfies never;
  }
}

async function run(settings: ControllerSettings, context: ProgramContext): Promise<void> {
  const identity = `${Deno.hostname()}-${crypto.randomUUID().slice(0, 8)}`;
  const { bucket, rules, forgetAfterMs, extraCaFile } = settings;
  const nats = { ...settings.nats, extraCaFile };
  using origin = await openOrigin(settings, context);
  const { source } = origin;
  const leadership = origin.leadership(identity);
  await using store = openNatsStore(nats, {
    ...context,
    role: "controller",
    name: identity,
    bucket,
  });
  await runController(
    { ...context, source, leadership, store },
    { ...context, rules, forgetAfterMs, identity },
  );
}

/** Prints what would be wanted, by whom and where; 1 when an input could not be read. */
async function plan(settings: ControllerSettings): Promise<number> {
  const logger = openLog({ ...settings.log, isTerminal: Deno.stderr.isTerminal() });
  using shutdown = listenForShutdown({ logger });
  const unseen: Conditions & Metrics = {
    set: () => {},
    beat: () => {},
    count: () => {},
    gauge: () => {},
    observe: () => {},
  };
  const { signal } = shutdown;
  try {
    using origin = await openOrigin(settings, {
      logger,
      conditions: unseen,
      metrics: unseen,
      clock,
      signal,
    });
    const seen = await observeOnce(origin.source, { signal, timeoutMs: PLAN_TIMEOUT_MS, clock });
    if (!seen.synced) throw new Error("Cannot plan: the source was not read completely");
    const set = foldWants(seen, settings.rules);
    for (const fault of seen.faults) logger.error("Could not read an input", { fault });
    for (const fault of set.faults) logger.warn("Skipped a faulty item", { ...fault });
    const rows = planOf(set, seen.nodes);
    print(Deno.stdout, settings.output === "json" ? JSON.stringify(rows, null, 2) : table(rows));
    return seen.faults.length > 0 ? 1 : 0;
  } catch (error) {
    logger.error("Ended by an error", { error: messageOf(error) });
    return 1;
  }
}

function table(rows: readonly PlanRow[]): string {
  const columns = Deno.stdout.isTerminal() ? Deno.consoleSize().columns : undefined;
  return drawPlan(rows, { columns });
}

/** Where wants come from, and what decides who may write them. */
interface Origin extends Disposable {
  readonly source: WantsSource;
  leadership(identity: string): Leadership;
}

async function openOrigin(
  settings: ControllerSettings,
  context: ProgramContext,
): Promise<Origin> {
  const { manifests, kubeconfig, extraCaFile, kinds } = settings;
  if (manifests.length > 0) {
    const source = manifestSource({ ...context, paths: manifests });
    return { source, leadership: alwaysLeading, [Symbol.dispose]: () => {} };
  }
  const client = await connectKubernetes({ kubeconfig, extraCaFile }, context);
  return {
    source: kubernetesSource(client, {
      ...context,
      kinds,
      namespaces: settings.namespaced ? settings.rules.listSpaces : undefined,
    }),
    leadership: (identity) => openLease(client, identity, settings, context),
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}

/** Imports client-node, which takes 80 MB and half a second, only where an API server is used. */
async function connectKubernetes(
  files: Pick<ControllerSettings, "kubeconfig" | "extraCaFile">,
  { logger }: Pick<ProgramContext, "logger">,
): Promise<KubernetesClient> {
  // client-node loads `punycode`; Node's warning about it is nothing that a user can act on.
  process.noDeprecation = true;
  const { openKubernetes } = await import("./mod/adapters/kubernetes/client.ts");
  return openKubernetes({ ...files, logger });
}

function openLease(
  client: KubernetesClient,
  identity: string,
  { lease }: ControllerSettings,
  context: ProgramContext,
): Leadership {
  const namespace = lease.namespace ?? client.namespace ?? "default";
  return kubernetesLease(client, { ...context, name: lease.name, namespace, identity });
}
