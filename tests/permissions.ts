import { agentVariables } from "../mod/pure/settings/agent_settings.ts";
import { controllerVariables } from "../mod/pure/settings/controller_settings.ts";

/** A right of a program; README's table is made from these. */
export interface Permission {
  /** The kind of right as Deno names it: `--allow-net`, `--allow-read` … */
  readonly kind: "net" | "read" | "env" | "run" | "sys";
  /** What it is limited to; absent: anything of that kind. */
  readonly to?: readonly string[];
  readonly why: string;
}

/** Rights of which neither program has any; denied by name, so that nothing can ask for them. */
const DENIED = ["write", "ffi", "import"] as const;

/** What a build may add for files, or a `ctr`, in unusual places. */
export interface Additions {
  readonly read?: readonly string[];
  readonly run?: readonly string[];
}

/** The two programs by name. */
export type ProgramName = "controller" | "agent";

/** The rights of a program, each with its reason. */
export function permissionsOf(
  program: ProgramName,
  additions: Additions = {},
): readonly Permission[] {
  return program === "agent" ? agentPermissions(additions) : controllerPermissions(additions);
}

/** The same as flags of `deno run` and `deno compile`. */
export function permissionFlags(permissions: readonly Permission[]): string[] {
  return [
    "--no-prompt",
    // Libraries look for variables of their own: they find none instead of failing.
    "--ignore-env",
    ...permissions.map(({ kind, to }) => `--allow-${kind}${to ? `=${to.join(",")}` : ""}`),
    ...DENIED.map((kind) => `--deny-${kind}`),
  ];
}

function agentPermissions({ read = [], run = [] }: Additions): Permission[] {
  return [
    { kind: "net", why: "NATS, whose servers name further ones; health" },
    {
      kind: "read",
      to: ["/etc/warm-images", "/run/secrets", "/var/run/secrets", "/var/lib/containerd", ...read],
      why: "password, token, credentials and certificate files for NATS; how full the disk is",
    },
    { kind: "env", to: agentVariables(), why: "settings" },
    {
      kind: "run",
      to: [...["/usr/bin", "/usr/local/bin", "/bin", "/opt/bin"].map((at) => `${at}/ctr`), ...run],
      why: "containerd's client, nothing else",
    },
    { kind: "sys", to: ["hostname", "statfs"], why: "the node's name; how full the disk is" },
  ];
}

function controllerPermissions({ run = [] }: Additions): Permission[] {
  const variables = ["HOME", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"];
  return [
    { kind: "net", why: "the API server and NATS, whose servers name further ones; health" },
    {
      kind: "read",
      why: "manifests and kubeconfigs lie anywhere; service account; files for NATS",
    },
    {
      kind: "env",
      to: [...controllerVariables(), ...variables],
      why: "settings; where the API server is",
    },
    ...(run.length > 0
      ? [{ kind: "run" as const, to: run, why: "credential plugins of a kubeconfig" }]
      : []),
    { kind: "sys", to: ["hostname"], why: "a name for the election" },
  ];
}
