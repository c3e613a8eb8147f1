/** Variables that ctr reads where it talks to registries itself, as it does with containerd 1.x. */
export const CTR_VARIABLES: readonly string[] = [
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"],
  ...["SSL_CERT_FILE", "SSL_CERT_DIR"],
];

/** Those of them that are set for this process, with their values. */
export function ctrEnvironment(): Record<string, string> {
  const given = CTR_VARIABLES.map((name) => [name, Deno.env.get(name)] as const);
  return Object.fromEntries(given.filter((entry): entry is [string, string] => Boolean(entry[1])));
}
