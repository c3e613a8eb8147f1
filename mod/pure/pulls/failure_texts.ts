import type { PullFailure } from "./pull_failure.ts";

/** What a text of ctr means. */
export interface FailureInText {
  readonly failure: PullFailure;
  /** What to do about it, where the text does not say. */
  readonly hint?: string | undefined;
}

/**
 * Tells what the text after `ctr: ` means. A status code of a registry comes first: whatever the
 * registry adds to it is the registry's own trouble.
 */
export function failureInText(said: string): FailureInText {
  const text = withoutNames(said);
  const status = STATUS.exec(text)?.[1];
  const ofStatus = status === undefined ? undefined : failureOfStatus(Number(status));
  if (ofStatus) return { failure: ofStatus };
  return TEXTS.find(({ pattern }) => pattern.test(text)) ?? { failure: "server_error" };
}

/**
 * How ctr 1.6 ("failed with status code [manifests 1]: 401 Unauthorized", "unexpected status code
 * URL: 401 …", "unexpected status: 401 …") and later ones ("unexpected status from HEAD request to
 * URL: 401 …") name the status of an answer. The phrase may be missing or written in any way: RFC 9112
 * §4 lets servers choose it. Names are blanked before, so that no tag or port is taken for it.
 */
const STATUS = /(?:unexpected status|failed with (?:unexpected )?status code)\b.*?: (\d{3})(?!\S)/i;

/** What an answer with this status means; undefined where words beside it tell more. */
function failureOfStatus(status: number): PullFailure | undefined {
  if (status === 404 || status === 410) return "not_found";
  if (status === 429) return "rate_limited";
  // 402: to be paid; 407: by a proxy; 412: a policy, as of Harbor; 451: by law
  if ([401, 402, 403, 407, 412, 451].includes(status)) return "denied";
  return status >= 400 ? "server_error" : undefined;
}

interface FailureText extends FailureInText {
  readonly pattern: RegExp;
}

/**
 * Texts of ctr 1.6, 1.7 and 2.x; the first match counts, so more specific ones come first. Each
 * contains a space or is anchored: an image name, which a text may repeat, matches none.
 */
const TEXTS: readonly FailureText[] = [
  { failure: "not_found", pattern: /^failed to resolve (reference ""|image): \S+: not found$/ },
  { failure: "runtime", pattern: /^failed to dial |^cannot access socket |transport is closing/ },
  { failure: "runtime", pattern: /error reading from server: |error reading server preface/ },
  { failure: "runtime", pattern: /failed to send write: (EOF|error reading)/ },
  { failure: "runtime", pattern: /connection error: desc = |waiting for server handshake/ },
  { failure: "runtime", pattern: /rpc error: code = (Unavailable|Unimplemented)/ },
  { failure: "runtime", pattern: /snapshotter not loaded: |unable to initialize unpacker: / },
  {
    failure: "runtime",
    pattern: /^flag provided but not defined: |" requires "" flag|^unknown service containerd/,
    hint: "this ctr and this containerd do not fit together; use a ctr of the daemon's version",
  },
  { failure: "disk_full", pattern: /no space left on device|disk quota exceeded/i },
  {
    // As Go says EIO, EROFS, EUCLEAN, ESTALE, EBADMSG, ENOTCONN and ENXIO.
    failure: "disk_error",
    pattern:
      /: (input\/output error|read-only file system|structure needs cleaning|stale (NFS )?file handle|bad message|transport endpoint is not connected|no such device( or address)?)(:|$)/i,
    hint: "a disk of this node is in trouble: see the kernel's log",
  },
  {
    failure: "bad_content",
    pattern: /unexpected commit (digest|size) |failed size validation: |wrong diff id calculated/,
    hint: "a mirror or proxy may serve wrong bytes",
  },
  { failure: "no_platform", pattern: /no match for platform in manifest/ },
  {
    failure: "invalid",
    pattern: /\bschema ?v?1\b.*(no longer|not) supported|is no longer supported since containerd/i,
    hint: "build the image anew: containerd gave up manifests of this kind",
  },
  {
    failure: "invalid",
    pattern: /media type "" is (no longer|not) supported/i,
    hint: "build the image anew: containerd gave up manifests of this kind",
  },
  { failure: "server_error", pattern: /unexpected media type text\/(html|plain)\b/i }, // a proxy's
  {
    failure: "invalid",
    pattern:
      /no processor for media-type|unexpected media ?type |unsupported media ?type|media ?type "?\S*"?: (unsupported|not supported)|(mismatched image rootfs and|number of) (manifest )?layers/i,
    hint: "this is no image that a container could start from: it may be an artifact, or encrypted",
  },
  {
    failure: "invalid",
    pattern: /^failed to extract layer .*: operation not permitted(:|$)/,
    hint: "this containerd may not unpack what is in the layer",
  },
  {
    failure: "rate_limited",
    pattern: /(^|[:\s])429 *($|too many requests)|\btoomanyrequests: /i,
  },
  {
    failure: "network",
    pattern: /server gave HTTP response to HTTPS client/,
    hint: "for a registry without TLS put an http:// host into its hosts.toml in the hosts folder",
  },
  {
    failure: "network",
    pattern: /unable to (read|load) (CA cert|CERT file) ""|failed to load X509 key pair/,
    hint: "put what hosts.toml names into the hosts folder, where agent and containerd both see it",
  },
  {
    failure: "network",
    pattern: /\bx509: |tls: failed to verify certificate/,
    hint: 'give the registry\'s CA as "ca" in its hosts.toml in the hosts folder',
  },
  { failure: "network", pattern: /failed to do request: |\bdial (tcp|udp)\b|no such host/ },
  { failure: "network", pattern: /connection (refused|reset by peer)|i\/o timeout|broken pipe/ },
  { failure: "network", pattern: /network is unreachable|no route to host|unexpected EOF/ },
  {
    failure: "network",
    pattern: /context deadline exceeded|TLS handshake timeout|remote error: tls/,
  },
  {
    failure: "denied",
    pattern: /: (401|403)($| (unauthorized|forbidden))|authorization failed(:|$)/i,
  },
  { failure: "denied", pattern: /pull access denied|no basic auth credentials/ },
  { failure: "invalid", pattern: /object required$|provide an image reference/ },
  { failure: "invalid", pattern: /invalid reference format|invalid checksum digest/ },
];

/** Blanks what is quoted (references, URLs), so that a name is not taken for a reason. */
function withoutNames(text: string): string {
  return text.replace(/"[^"\s]*"/g, '""').replace(/https?:\/\/\S+?(?=:?(\s|$))/g, "URL");
}
