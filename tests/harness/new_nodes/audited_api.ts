import { createAccount } from "../servers/api_objects.ts";
import { grant } from "../servers/api_rights.ts";
import { type ApiServer, startApiServer } from "../servers/api_server.ts";

const ACCOUNT = "warm-images";

/** One request of the account that was answered. */
export interface AuditedRequest {
  /** As RBAC names it: `list`, `watch`, `patch` … */
  readonly verb: string;
  /** Plural of the kind, with its subresource: `nodes`, `nodes/status`; "" for what is no object. */
  readonly resource: string;
  /** Absent where all objects of a kind are meant. */
  readonly name: string | undefined;
  /** Path and query. */
  readonly uri: string;
  /** Status of the answer. */
  readonly code: number;
}

/** Whether it changes anything but the Lease of an election. */
export function isWrite({ verb, resource }: AuditedRequest): boolean {
  return !["get", "list", "watch"].includes(verb) && resource !== "leases";
}

/** A real API server that notes whatever the controller's account asks of it, in its audit log. */
export class AuditedApi implements AsyncDisposable {
  readonly server: ApiServer;
  /** Of the account, which may read everything, patch nodes, and hold a Lease. */
  readonly kubeconfig: string;
  readonly #log: string;
  readonly #parts: AsyncDisposableStack;

  private constructor(
    server: ApiServer,
    files: { readonly kubeconfig: string; readonly log: string },
    parts: AsyncDisposableStack,
  ) {
    this.server = server;
    this.kubeconfig = files.kubeconfig;
    this.#log = files.log;
    this.#parts = parts;
  }

  static async start(): Promise<AuditedApi> {
    await using parts = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "warm-images-audit-" });
    parts.defer(() => Deno.remove(folder, { recursive: true }));
    const [policy, log] = [`${folder}/policy.json`, `${folder}/audit.log`];
    await Deno.writeTextFile(policy, JSON.stringify(auditPolicy()));
    const args = [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`];
    const server = parts.use(await startApiServer({ args }));
    const token = await createAccount(server.admin, ACCOUNT);
    await grant(server.admin, ACCOUNT, { name: ACCOUNT, rules: RULES });
    const kubeconfig = await server.kubeconfigFor(ACCOUNT, { token });
    return new AuditedApi(server, { kubeconfig, log }, parts.move());
  }

  /** All requests of the account so far that were answered, or have begun to be where they last. */
  async requests(): Promise<AuditedRequest[]> {
    const lines = (await Deno.readTextFile(this.#log)).split("\n").slice(0, -1);
    return lines.map((line) => requestOf(JSON.parse(line)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.disposeAsync();
  }
}

/** Source: https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/ */
function auditPolicy() {
  const users = [`system:serviceaccount:default:${ACCOUNT}`];
  return {
    apiVersion: "audit.k8s.io/v1",
    kind: "Policy",
    omitStages: ["RequestReceived"],
    rules: [
      // A watch is noted once as it begins: its end would be a second line.
      { level: "Metadata", users, verbs: ["watch"], omitStages: ["ResponseComplete"] },
      { level: "Metadata", users },
      { level: "None" },
    ],
  };
}

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code: number };
}

function requestOf({ verb, requestURI, objectRef, responseStatus }: AuditEvent): AuditedRequest {
  const { resource = "", subresource, name } = objectRef ?? {};
  return {
    verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    name,
    uri: requestURI,
    code: responseStatus?.code ?? 0,
  };
}

/** What the chart grants a controller that lifts taints, and no more that changes anything. */
const RULES = [
  { apiGroups: ["*"], resources: ["*"], verbs: ["get", "list", "watch"] },
  { apiGroups: [""], resources: ["nodes"], verbs: ["patch"] },
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create", "update"] },
];
