import process from "node:process";
import { alwaysLeading } from "./adapters/always_leading.ts";
import type { KubernetesClient, KubernetesTold } from "./adapters/kubernetes/client.ts";
import { failureEvents } from "./adapters/kubernetes/failure_events.ts";
import { kubernetesLease } from "./adapters/kubernetes/lease.ts";
import { kubernetesNodeGates } from "./adapters/kubernetes/node_gates.ts";
import { kubernetesPullSecrets } from "./adapters/kubernetes/pull_secrets.ts";
import { kubernetesPulledEvents } from "./adapters/kubernetes/pulled_events.ts";
import { DateHeaderClock } from "./adapters/kubernetes/server_clock.ts";
import { kubernetesSource } from "./adapters/kubernetes/source.ts";
import { kubernetesNodeTokens } from "./adapters/kubernetes/token_keys.ts";
import { manifestSource } from "./adapters/manifests/source.ts";
import type { EventRecorder } from "./ports/event_recorder.ts";
import type { Leadership } from "./ports/leadership.ts";
import type { NodeGates } from "./ports/node_gates.ts";
import type { NodeTokens } from "./ports/node_tokens.ts";
import type { PullSecrets } from "./ports/pull_secrets.ts";
import type { PulledEvents } from "./ports/pulled_events.ts";
import type { ServerClock } from "./ports/server_clock.ts";
import type { WantsSource } from "./ports/wants_source.ts";
import type { ProgramContext } from "./program.ts";
import { EVENT, KindChoice } from "./pure/objects/kind_choice.ts";
import { labelGate } from "./pure/objects/label_gate.ts";
import type { ControllerSettings } from "./pure/settings/controller_settings.ts";

/** Where wants come from, and what decides who may write them. */
export interface Origin extends Disposable {
  readonly source: WantsSource;
  /** Tells of starts of containers; absent: not asked for, or manifests, which have none. */
  readonly pulledEvents?: PulledEvents;
  /** Writes Events on workloads, as `identity`; absent: not asked for, or manifests. */
  failureEvents?(identity: string): EventRecorder;
  /** Opens the gates of nodes; absent: not asked for, or manifests. */
  readonly nodeGates?: NodeGates;
  /** Read pull secrets, and prove nodes that get logins of theirs; absent: not asked for, or manifests. */
  readonly logins?: { readonly secrets: PullSecrets; readonly tokens: NodeTokens };
  /** Prove which node an agent is on; absent: manifests. */
  readonly nodeTokens?: NodeTokens;
  /** By which Nodes are as old as they say; absent: manifests. */
  readonly serverClock?: ServerClock;
  /** `identity` tells this controller from all others. */
  leadership(identity: string): Leadership;
}

/** Opens the API server, or the manifests where these are given. */
export async function openOrigin(
  settings: ControllerSettings,
  context: ProgramContext,
): Promise<Origin> {
  const { manifests, namespaced, rules } = settings;
  const kinds = new KindChoice(settings.kinds);
  if (manifests.length > 0) {
    const namespace = settings.defaultNamespace;
    const source = manifestSource({ ...context, kinds, namespace, paths: manifests });
    return { source, leadership: alwaysLeading, [Symbol.dispose]: () => {} };
  }
  const serverClock = new DateHeaderClock(context.clock);
  const client = await connectKubernetes(settings, { logger: context.logger, serverClock });
  const namespaces = namespaced ? rules.listSpaces : undefined;
  const { keepRevisions } = rules;
  const isGated = labelGate(settings.gate.isOn ? settings.gate.for : undefined);
  const source = kubernetesSource(client, {
    ...context,
    kinds,
    namespaces,
    keepRevisions,
    isGated,
  });
  const nodeTokens = kubernetesNodeTokens(client, {
    account: settings.private.agentAccount,
    clock: context.clock,
    serverClock,
  });
  const targetOf = (kind: string) => source.targetOf(kind);
  return {
    source,
    ...(settings.failureEvents && {
      failureEvents: (identity) => failureEvents(client, { ...context, targetOf, identity }),
    }),
    ...(settings.kinds.includes(EVENT) && {
      pulledEvents: kubernetesPulledEvents(client, { ...context, namespaces }),
    }),
    ...(settings.gate.isOn && { nodeGates: kubernetesNodeGates(client, serverClock) }),
    ...(settings.private.pullSecrets.length > 0 && {
      logins: { secrets: kubernetesPullSecrets(client), tokens: nodeTokens },
    }),
    nodeTokens,
    serverClock,
    leadership: (identity) => openLease(client, identity, settings, context),
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}

/** Imports client-node, which takes 80 MB and half a second, only where an API server is used. */
export async function connectKubernetes(
  { kubeconfig, extraCaFile }: Pick<ControllerSettings, "kubeconfig" | "extraCaFile">,
  told: KubernetesTold,
): Promise<KubernetesClient> {
  // client-node loads `punycode`; Node's warning about it is nothing that a user can act on.
  process.noDeprecation = true;
  const { openKubernetes } = await import("./adapters/kubernetes/client.ts");
  return openKubernetes({ kubeconfig, extraCaFile, ...told });
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
