import { CTR_VARIABLES } from "../adapters/containerd/ctr_environment.ts";
import { agentVariables } from "../pure/settings/agent_settings.ts";
import { controllerVariables } from "../pure/settings/controller_settings.ts";

/** A right of a program; the list in mod/README.md is made from these. */
export interface Permission {
  /** The kind of right as Deno names it: `--allow-net`, `--allow-read` … */
  readonly kind: "net" | "read" | "env" | "run" | "sys";
  /** What it is limited to; absent: anything of that kind. */
  readonly to?: readonly string[];
  readonly why: string;
}

/** Rights of which neither program has any; denied by name, so that nothing can ask for them. */
const DENIED = ["write", "ffi", "import"] as const;

/** Where containerd keeps its data: by itself, and in k3s, rke2, k0s and microk8s. */
export const CONTAINERD_ROOTS: readonly string[] = [
  "/var/lib/containerd",
  "/var/lib/rancher/k3s/agent/containerd",
  "/var/lib/rancher/rke2/agent/containerd",
  "/var/lib/k0s/containerd",
  "/var/snap/microk8s/common/var/lib/containerd",
];

/** Where `ctr` lies; k3s has its own in /usr/local/bin, and that of k0s is part of `k0s`. */
const CTR_FOLDERS = [
  ...["/usr/bin", "/usr/local/bin", "/bin", "/opt/bin"],
  ...["/var/lib/rancher/rke2/bin", "/snap/microk8s/current/bin"],
];

/** Credential plugins that kubeconfigs name, of clouds and of single sign-on. */
const PLUGINS = [
  ...["aws", "aws-iam-authenticator", "az", "doctl", "gke-gcloud-auth-plugin", "ibmcloud"],
  ...["kubectl", "kubectl-oidc_login", "kubelogin", "oci", "pinniped", "rancher", "scw", "tsh"],
];

/** What plugins are told by the environment: they see of it what the controller may see. */
const PLUGIN_VARIABLES = [
  ...["PATH", "USER", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "AAD_*", "AWS_*", "AZURE_*"],
  ...["CLOUDSDK_*", "DIGITALOCEAN_*", "GOOGLE_*", "IBMCLOUD_*", "OCI_*", "SCW_*"],
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"],
];

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
      to: [
        ...["/etc/warm-images", "/run/secrets", "/var/run/secrets"],
        ...CONTAINERD_ROOTS,
        ...read,
      ],
      why: "password, token, credentials and certificate files for NATS; how full the disk is",
    },
    {
      kind: "env",
      to: [...agentVariables(), ...CTR_VARIABLES],
      why: "settings; what ctr needs to reach registries",
    },
    {
      kind: "run",
      to: [...CTR_FOLDERS.map((at) => `${at}/ctr`), ...run],
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
      to: [...controllerVariables(), ...variables, ...PLUGIN_VARIABLES],
      why: "settings; where the API server is; what credential plugins are told",
    },
    {
      kind: "run",
      to: [...PLUGINS, ...run],
      why: "credential plugins of a kubeconfig, by their names on PATH",
    },
    { kind: "sys", to: ["hostname"], why: "a name for the election" },
  ];
}
