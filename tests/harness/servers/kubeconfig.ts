/** A user as kubeconfig has it: certificate files, `tokenFile`, `token` or `exec`. */
export type ApiUser = Readonly<Record<string, unknown>>;

/** Writes a kubeconfig (JSON is YAML) with one cluster and one user. */
export async function writeKubeconfig(
  path: string,
  options: {
    readonly server: string;
    readonly caFile?: string;
    readonly user: ApiUser;
    /** More fields of the cluster, such as `proxy-url`. */
    readonly cluster?: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  const { server, caFile, user, cluster } = options;
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    users: [{ name: "test", user }],
    clusters: [{
      name: "test",
      cluster: {
        server,
        ...(caFile !== undefined && { "certificate-authority": caFile }),
        ...cluster,
      },
    }],
  };
  await Deno.writeTextFile(path, JSON.stringify(config), { mode: 0o600 });
}
