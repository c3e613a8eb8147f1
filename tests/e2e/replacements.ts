/** What the pages' commands name and this machine cannot reach, and what stands in for it. */
export const REPLACEMENTS: readonly {
  readonly text: string;
  readonly by: string;
  readonly why: string;
}[] = [
  {
    text: "oci://ghcr.io/kubernetes-warm-images/charts/warm-images",
    by: "./chart",
    why: "chart of a public registry: ours is the one under test",
  },
  {
    text: "helm repo add nats https://nats-io.github.io/k8s/helm/charts/\n",
    by: "",
    why: "public chart repository",
  },
  {
    text: "nats/nats --values nats-values.yaml",
    by: "./stand-ins/nats --values nats-values.yaml",
    why: "chart of a public repository: ours reads the same values and makes the same names",
  },
  {
    text: "oci://registry-1.docker.io/bitnamicharts/nats",
    by: "./stand-ins/bitnami-nats",
    why: "chart of a public registry: ours keeps its password in the same place",
  },
  {
    text: "tls://nats.example.com:4222",
    by: "tls://private-nats.default.svc:4222",
    why: "an example's name",
  },
];
// Images of docker.io, ghcr.io and registry.k8s.io need no replacement: nodes of the harness know the
// harness's registry as their mirror (tests/harness/cluster/node_files.ts).

/** The command as it can be run here. */
export function replaced(script: string): string {
  return REPLACEMENTS.reduce((text, { text: from, by }) => text.replaceAll(from, by), script);
}
