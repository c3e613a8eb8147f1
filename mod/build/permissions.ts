import { CTR_VARIABLES } from "../adapters/containerd/ctr_environment.ts";
import { agentVariables } from "../pure/settings/agent_settings.ts";
import { controllerVariables } from "../pure/settings/controller_settings.ts";

/** A right of a program; the list in mod/README.md is made from these. */
export interface Permission {
  /** The kind of right as Deno names it: `--allow-net`, `--allow-read` … */
  readonly kind: "net" | "read" | "write" | "env" | "run" | "sys";
  /** What it is limited to; absent: anything of that kind. */
  readonly to?: readonly string[];
  readonly why: string;
}

/** Rights that are denied by name to a program that has none of the kind: nothing can ask for them. */
const DENIABLE = ["write", "ffi", "import"] as const;

/** Where containerd keeps its data: by itself, and in k3s, rke2, k0s and microk8s. */
export const CONTAINERD_ROOTS: readonly string[] = [
  "/var/lib/containerd",
  "/var/lib/rancher/k3s/agent/containerd",
  "/var/lib/rancher/rke2/agent/containerd",
  "/var/lib/k0s/containerd",
  "/var/snap/microk8s/common/var/lib/containerd",
];

/** Where hosts.toml files lie: by themselves, and in k3s, rke2, k0s, microk8s and Talos. */
export const HOSTS_FOLDERS: readonly string[] = [
  "/etc/containerd/certs.d",
  "/var/lib/rancher/k3s/agent/etc/containerd/certs.d",
  "/var/lib/rancher/rke2/agent/etc/containerd/certs.d",
  "/etc/k0s/containerd.d/certs.d",
  "/var/snap/microk8s/current/args/certs.d",
  "/etc/cri/conf.d/hosts",
];

/**
 * Where certificates lie that systems trust, as Go looks for them (`root_linux.go` in its crypto/x509),
 * with the folders that links there lead to.
 */
const TRUSTED_CERTIFICATES = [
  ...["/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/certs"],
  ...["/etc/pki/tls/cacert.pem", "/etc/pki/ca-trust/extracted", "/usr/share/ca-certificates"],
  ...["/usr/local/share/ca-certificates", "/var/lib/ca-certificates"],
];

/** The one place where the agent writes: what concerns running pulls. */
const RELAY_FOLDER = "/run/warm-images";

/** Where `ctr` lies; k3s has its own in /usr/local/bin, and that of k0s is part of `k0s`. */
const CTR_FOLDERS = [
  ...["/usr/bin", "/usr/local/bin", "/bin", "/opt/bin"],
  ...["/var/lib/rancher/rke2/bin", "/snap/microk8s/current/bin"],
];

/**
 * Login files of kubelet and of Docker, and kubelet's configuration of credential provider plugins: on
 * EKS, GKE, AKS, in k3s and rke2, Bottlerocket and Talos.
 */
const LOGIN_FILES = [
  ...["/var/lib/kubelet/config.json", "/root/.docker/config.json"],
  ...["/etc/eks/image-credential-provider", "/etc/srv/kubernetes/cri_auth_config.yaml"],
  ...["/var/lib/kubelet/credential-provider-config.yaml", "/var/lib/rancher/credentialprovider"],
  ...["/etc/kubernetes/credential-provider-config.yaml"],
  ...["/etc/kubernetes/kubelet/credential-provider-config.yaml"],
  ...["/etc/kubernetes/kubelet-credentialproviderconfig.yaml"],
];

/** Credential provider plugins of kubelet that are known by name. */
const IMAGE_PLUGINS = [
  ...["ecr-credential-provider", "auth-provider-gcp", "acr-credential-provider"],
  ...["credential-provider-oke"],
];

/**
 * Where any of them may lie: in the first folder what an administrator puts, links or mounts there; by
 * hand; in k3s and rke2; in Talos. A folder as a whole cannot be allowed, and a link is judged by its
 * own path (Deno 2.7.11 and 2.9.6, compiled or not).
 */
const IMAGE_PLUGIN_FOLDERS = [
  ...["/etc/warm-images/credential-providers", "/usr/local/bin"],
  ...["/var/lib/rancher/credentialprovider/bin", "/usr/local/lib/kubelet/credentialproviders"],
];

/** Where clouds have their own: EKS, Bottlerocket, GKE, AKS. */
const CLOUD_PLUGINS = [
  "/etc/eks/image-credential-provider/ecr-credential-provider",
  "/usr/libexec/kubernetes/kubelet/plugins/ecr-credential-provider",
  "/home/kubernetes/bin/auth-provider-gcp",
  "/var/lib/kubelet/credential-provider/acr-credential-provider",
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
  /** What can be written is read as well. For the agent alone. */
  readonly write?: readonly string[];
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
    ...DENIABLE.filter((kind) => !permissions.some((each) => each.kind === kind))
      .map((kind) => `--deny-${kind}`),
  ];
}

function agentPermissions({ read = [], write = [], run = [] }: Additions): Permission[] {
  const writable = [RELAY_FOLDER, ...write];
  return [
    {
      kind: "net",
      why: "NATS, whose servers name further ones; registries, which may be anywhere; ctr and " +
        "containerd, which ask it for what they pull; health",
    },
    {
      kind: "read",
      to: [
        ...["/etc/warm-images", "/run/secrets", "/var/run/secrets"],
        ...[...HOSTS_FOLDERS, ...TRUSTED_CERTIFICATES, ...CONTAINERD_ROOTS, ...writable],
        ...LOGIN_FILES,
        ...read,
      ],
      why: "password, token, credentials and certificate files for NATS; mirrors, certificates, " +
        "authorities of registries and logins at them; what containerd has of an image; how full " +
        "the disk is",
    },
    { kind: "write", to: writable, why: "what concerns running pulls, in memory" },
    {
      kind: "env",
      to: [...agentVariables(), ...CTR_VARIABLES],
      why: "settings; what it takes to reach registries",
    },
    {
      kind: "run",
      to: [
        ...CTR_FOLDERS.map((at) => `${at}/ctr`),
        ...CLOUD_PLUGINS,
        ...IMAGE_PLUGIN_FOLDERS.flatMap((at) => IMAGE_PLUGINS.map((name) => `${at}/${name}`)),
        ...run,
      ],
      why:
        "containerd's client; kubelet's credential provider plugins, where --credential-providers " +
        "names them; nothing else",
    },
    {
      kind: "sys",
      to: ["hostname", "statfs", "setPriority"],
      why: "the node's name; how full the disk is; that ctr comes last at the processor",
    },
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
