/**
 * Whether a list such as NO_PROXY names `url` together with its port: "registry.example:5000". Deno
 * takes names alone from it, Go names with a port as well (`golang.org/x/net/http/httpproxy`).
 */
export function isListedWithPort(list: string, { protocol, hostname, port }: URL): boolean {
  const wanted = port || (protocol === "https:" ? "443" : "80");
  const host = withoutBrackets(hostname);
  return list.split(",").some((entry) => {
    const [, name = "", listed] = /^(.+):(\d+)$/.exec(entry.trim().toLowerCase()) ?? [];
    if (listed !== wanted) return false;
    const suffix = name.replace(/^\*?\./, ".");
    return suffix.startsWith(".")
      ? host.endsWith(suffix)
      : host === withoutBrackets(name) || host.endsWith(`.${name}`);
  });
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}
