import { AGENT_PROGRAM } from "../../mod/pure/settings/agent_settings.ts";
import { CONTROLLER_PROGRAM } from "../../mod/pure/settings/controller_settings.ts";
import { rowsOf, type Setting } from "../../mod/pure/settings/settings_table.ts";

/** The settings of both programs, each once; what is for one call of a command is none of the chart's. */
export const SETTINGS: readonly Setting[] = [
  ...new Set([AGENT_PROGRAM, CONTROLLER_PROGRAM].flatMap(({ table }) => rowsOf(table))),
].filter(({ only }) => only === undefined);

/** The value of the chart from which each setting comes, as a path of keys. */
export const VALUE_OF: Readonly<Record<string, string>> = {
  "agent-namespace": "agent.namespace",
  "containerd-address": "agent.containerd.address",
  "containerd-namespace": "agent.containerd.namespace",
  "containerd-root": "agent.containerd.root",
  "cron-lead": "cronLead",
  "disk-high": "agent.diskHigh",
  "exit-when-runtime-lost": "agent.exitWhenRuntimeLost",
  "extra-ca-certificates": "extraCaCertificates.configMap",
  "failure-events": "failureEvents",
  "forget-after": "forgetAfter",
  "health-address": "healthAddress",
  "hosts-dir": "agent.containerd.hostsDir",
  "ignore-images": "ignore.images",
  "ignore-spaces": "ignore.spaces",
  "keep-revisions": "keepRevisions",
  "kinds": "kinds",
  "lease-name": "fullnameOverride",
  "list-images": "list.images",
  "list-spaces": "list.spaces",
  "log-format": "logFormat",
  "log-level": "logLevel",
  "logins-for": "fullnameOverride",
  "look-again": "agent.lookAgain",
  "max-bytes": "agent.maxBytes",
  "max-images": "agent.maxImages",
  "namespaced": "rbac.namespaced",
  "nats-bucket": "nats.bucket",
  "nats-ca-file": "nats.tls.existingSecret",
  "nats-cert-file": "nats.tls.clientCertificate",
  "nats-creds-file": "nats.existingSecret",
  "nats-key-file": "nats.tls.clientCertificate",
  "nats-max-bytes": "nats.maxBytes",
  "nats-password-file": "nats.password",
  "nats-placement-cluster": "nats.placement.cluster",
  "nats-placement-tags": "nats.placement.tags",
  "nats-replicas": "nats.replicas",
  "nats-token-file": "nats.token",
  "nats-url": "nats.url",
  "nats-username": "nats.username",
  "only-marked": "onlyMarked",
  "pin": "agent.pin",
  "pin-bytes": "agent.pinBytes",
  "pin-for": "agent.pinFor",
  "pull-connections": "agent.pullConnections",
  "pull-idle-timeout": "agent.pullIdleTimeout",
  "pull-parallel": "agent.pullParallel",
  "pull-rate-bytes": "agent.pullRateBytes",
  "pulls-per-registry": "agent.pullsPerRegistry",
  "refresh-every": "agent.refreshEvery",
  "registry-rate-requests": "agent.registryRateRequests",
  "relay": "agent.relay",
  "snapshotter": "agent.containerd.snapshotter",
  "startup-taints": "startupTaints",
  "unpin-on-exit": "agent.unpinOnExit",
  "yield-to-kubelet": "agent.yieldToKubelet",
};

/** Settings that the chart gives no value, and why. */
export const WITHOUT_VALUE: Readonly<Record<string, string>> = {
  "controller-url": "for the command check alone, which `helm test` runs",
  "ctr": "the agent's image brings it",
  "default-namespace": "for manifests alone",
  "hold-on-faults": "always true: a pod that ends would be started again and again",
  "kubeconfig": "a controller in a pod uses the account of its pod",
  "lease-namespace": "it is the namespace of the pod's account",
  "manifests": "a controller in a cluster asks its API server",
  "nats-password": "it comes as a file",
  "nats-token": "it comes as a file",
  "nats-workload": "it is what the chart's templates make",
  "node-name": "Kubernetes says it, pod by pod",
  "output": "for commands alone that print for people",
  "relay-dir": "the chart mounts the one folder that the program may write to",
};

/** Values whose default is another than that of the program, and why. */
export const OTHER_DEFAULT: Readonly<Record<string, string>> = {
  "containerd-address": "empty: that of the distribution",
  "containerd-root": "empty: that of the distribution",
  "exit-when-runtime-lost": "a socket that is mounted into a pod is gone when containerd restarts",
  "failure-events": "a switch: on and off are truth values in YAML",
  "health-address": "the port is a value of its own, for each program another",
  "hosts-dir": "empty: that of the distribution",
  "lease-name": "empty: the release's name",
  "logins-for": "empty: the release's name",
  "nats-cert-file": "a switch: the certificate is in the Secret of nats.tls",
  "nats-key-file": "a switch: the key is in the Secret of nats.tls",
  "nats-url": "empty: the chart starts a NATS",
};
