/** Where one registry's requests go, as a `hosts.toml` says it. */
export interface HostTarget {
  /** "http://127.0.0.1:PORT" or https. */
  readonly url: string;
  readonly caFile?: string;
  /** Shown to a server that asks for it. */
  readonly client?: { readonly certFile: string; readonly keyFile: string };
  /** Tried when `url` fails; default: `url` itself. */
  readonly server?: string;
  /** Value of an Authorization header that is sent along. */
  readonly authorization?: string;
}

/** Writes `hosts.toml` so that containerd asks `target` instead of `registryHost` ("registry.example"). */
export async function mapHost(
  hostsDir: string,
  registryHost: string,
  target: HostTarget,
): Promise<void> {
  const folder = `${hostsDir}/${registryHost}`;
  await Deno.mkdir(folder, { recursive: true });
  // Without a [host] table containerd 1.x ignores the file.
  const lines = [
    `server = "${target.server ?? target.url}"`,
    `[host."${target.url}"]`,
    'capabilities = ["pull", "resolve"]',
    ...(target.caFile === undefined ? [] : [`ca = "${target.caFile}"`]),
    ...(target.client === undefined
      ? []
      : [`client = [["${target.client.certFile}", "${target.client.keyFile}"]]`]),
    ...(target.authorization === undefined
      ? []
      : [`[host."${target.url}".header]`, `Authorization = ["${target.authorization}"]`]),
  ];
  await Deno.writeTextFile(`${folder}/hosts.toml`, lines.join("\n") + "\n");
}
