/** One challenge of a `WWW-Authenticate` header (RFC 9110 §11.6.1). */
export interface AuthChallenge {
  /** In small letters, such as `bearer`. */
  readonly scheme: string;
  /** Names in small letters. */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Reads all challenges of a header, whose fields fetch has joined by commas. What is not understood
 * is left out; never throws.
 */
export function parseChallenges(header: string): AuthChallenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  for (const { groups = {} } of header.matchAll(ITEM)) {
    const { scheme, name, quoted, token } = groups;
    if (scheme !== undefined) {
      challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    }
    const value = quoted?.replace(/\\(.)/g, "$1") ?? token;
    if (name !== undefined && value !== undefined) {
      challenges.at(-1)?.parameters.set(name.toLowerCase(), value);
    }
  }
  return challenges;
}

const TOKEN = "[\\w!#$%&'*+.^`|~-]+";

/** A scheme, where no "=" follows; a parameter; quoted text that belongs to neither is passed over. */
const ITEM = new RegExp(
  `(?<name>${TOKEN})[ \\t]*=[ \\t]*(?:"(?<quoted>(?:[^"\\\\]|\\\\.)*)"|(?<token>[^\\s",]*))` +
    `|(?<scheme>${TOKEN})(?![^\\s,])|"(?:[^"\\\\]|\\\\.)*"`,
  "gs",
);

/**
 * The challenge that can be answered best: a token's before a password's, but for one that does not
 * say where the token is to be had, as gateways of other protocols do.
 */
export function chosenChallenge(challenges: readonly AuthChallenge[]): AuthChallenge | undefined {
  const bearers = challenges.filter(({ scheme }) => scheme === "bearer");
  return bearers.find(({ parameters }) => parameters.get("realm")) ??
    challenges.find(({ scheme }) => scheme === "basic") ?? bearers[0];
}

/** Where and for what a token is asked. */
export interface TokenRequest {
  readonly realm: URL;
  /** Realm with service and scopes, for a GET. */
  readonly url: string;
  readonly service: string;
  readonly scopes: readonly string[];
}

/**
 * The question for a token that answers a `Bearer` challenge
 * (distribution.github.io/distribution/spec/auth/token), for pulling `repository` and for what the
 * challenge names besides, as containerd does (`GetTokenScopes` of its core/remotes/docker): some
 * name "aws", or an example.
 */
export function tokenRequest(
  { parameters }: AuthChallenge,
  repository: string,
): TokenRequest | { readonly fault: string } {
  const realm = parameters.get("realm") ?? "";
  const url = URL.parse(realm);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "") {
    return { fault: `sends for a token to "${realm}", which is not an address of http or https` };
  }
  const service = parameters.get("service") ?? "";
  if (service !== "") url.searchParams.append("service", service);
  const named = (parameters.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
  const scopes = [...new Set([...named.map(toRead), `repository:${repository}:pull`])];
  for (const scope of scopes) url.searchParams.append("scope", scope);
  return { realm: new URL(realm), url: url.href, service, scopes };
}

/** The same without what changes a repository: a token for that is more than a pull needs. */
function toRead(scope: string): string {
  const [, repository, actions] = /^(repository(?:\([^)]*\))?:.+):([^:]*)$/.exec(scope) ?? [];
  if (repository === undefined || actions === undefined) return scope;
  const kept = actions.split(",").filter((action) => !CHANGING.has(action));
  return `${repository}:${kept.join(",") || "pull"}`;
}

const CHANGING: ReadonlySet<string> = new Set(["push", "delete", "*"]);
