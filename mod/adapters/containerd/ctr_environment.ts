/** Variables that ctr reads where it talks to registries itself, as it does with containerd 1.x. */
export const CTR_VARIABLES: readonly string[] = [
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"],
  ...["SSL_CERT_FILE", "SSL_CERT_DIR"],
];

/**
 * Those of them that are set for this process, with their values. A file of further authorities
 * takes the place of SSL_CERT_FILE: Go reads the folders of certificates besides, where every
 * distribution, and the agent's image, has a file of all usual authorities as well.
 */
export function ctrEnvironment(extraCaFile?: string): Record<string, string> {
  const given = CTR_VARIABLES.map((name) => [name, Deno.env.get(name)] as const);
  const set = given.filter((entry): entry is [string, string] => Boolean(entry[1]));
  return {
    ...Object.fromEntries(set),
    ...(extraCaFile !== undefined && { SSL_CERT_FILE: extraCaFile }),
  };
}
