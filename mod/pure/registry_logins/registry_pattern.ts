/**
 * What an entry of a login file, or of `matchImages`, serves. The rules are those of kubelet's
 * pkg/credentialprovider/keyring.go (`Add`, `URLsMatch`), the same since Kubernetes 1.22.
 */
export interface RegistryPattern {
  /** How it is written without what does not count; entries are tried in reverse order of it. */
  readonly key: string;
  /** Labels of the host, in which globs may stand. */
  readonly labels: readonly string[];
  /** Undefined: only registries of which no port is named. */
  readonly port: string | undefined;
  /** What the path begins with, such as `/team`; of characters, so `/team-b/app` begins with it too. */
  readonly path: string;
}

/**
 * Reads the name of an entry, such as `registry.example:5000/team`, `*.example` or
 * `https://index.docker.io/v1/`; undefined: there is no host in it. Never throws.
 */
export function parsePattern(text: string): RegistryPattern | undefined {
  const { authority, path } = splitUrl(text.replace(/^https?:\/\//, ""));
  // Docker means the whole registry by these two.
  const effective = /^\/v[12]\//.test(path) ? path.slice(3) : path;
  return patternOf(authority, effective === "/" ? "" : effective);
}

/** Reads one of `matchImages`, which name no scheme and of which the whole path counts. */
export function parseMatchImage(text: string): RegistryPattern | undefined {
  const { authority, path } = splitUrl(text);
  return patternOf(authority, path);
}

/** Whether it serves a repository by its name with the registry, such as `quay.io/team/app`. */
export function servesRepository(pattern: RegistryPattern, name: string): boolean {
  const { authority, path } = splitUrl(name);
  const target = splitHost(authority);
  return target !== undefined && target.port === pattern.port &&
    target.labels.length === pattern.labels.length && path.startsWith(pattern.path) &&
    pattern.labels.every((label, at) => matchesGlob(label, target.labels[at] ?? ""));
}

/** As Go's url.Parse takes a URL apart, without percent signs: names of repositories have none. */
function splitUrl(text: string): { readonly authority: string; readonly path: string } {
  const [, authority = "", path = ""] = /^([^/?#]*)([^?#]*)/.exec(text) ?? [];
  return { authority: authority.slice(authority.lastIndexOf("@") + 1), path };
}

function patternOf(authority: string, path: string): RegistryPattern | undefined {
  const host = splitHost(authority);
  return host && { key: authority + path, ...host, path };
}

function splitHost(
  authority: string,
): { readonly labels: readonly string[]; readonly port: string | undefined } | undefined {
  const [, host, port] = /^(\[[0-9A-Fa-f:.%]+\]|[^:\s]+)(?::(\d*))?$/.exec(authority) ?? [];
  return host === undefined ? undefined : { labels: host.split("."), port: port || undefined };
}

/**
 * Go's `filepath.Match` of one label: `*`, and classes such as `[a-c]` or `[^0-9]`; a `?` never gets
 * here, as it begins a query. Takes no more than length × length steps: anybody may have written it.
 */
function matchesGlob(glob: string, text: string): boolean {
  // The address of IP version 6, not a class.
  if (/^\[[0-9A-Fa-f:.%]*:/.test(glob)) return glob === text;
  const parts = glob.match(/\*+|\[\^?[^\]]+\]|[^]/g) ?? [];
  let part = 0;
  let at = 0;
  let star: { readonly part: number; at: number } | undefined;
  while (at < text.length) {
    const pattern = parts[part];
    if (pattern?.startsWith("*")) {
      star = { part: ++part, at };
    } else if (pattern !== undefined && matchesOne(pattern, text[at] ?? "")) {
      part++;
      at++;
    } else if (star) {
      part = star.part;
      at = ++star.at;
    } else return false;
  }
  while (parts[part]?.startsWith("*")) part++;
  return part === parts.length;
}

function matchesOne(pattern: string, char: string): boolean {
  const [, not, ranges] = /^\[(\^?)([^\]]+)\]$/.exec(pattern) ?? [];
  if (ranges === undefined) return pattern === char;
  const inside = (ranges.match(/[^]-[^]|[^]/g) ?? []).some((range) => {
    const first = range[0] ?? "";
    return first <= char && char <= (range[2] ?? first);
  });
  return inside !== (not === "^");
}
