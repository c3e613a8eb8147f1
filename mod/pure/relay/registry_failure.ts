import type { PullFailure } from "../pulls/pull_outcome.ts";
import { maskedLine } from "./masked_line.ts";

/** Why one host did not give what it was asked for. */
export interface HostFailure {
  readonly failure: PullFailure;
  /** Of the HTTP answer; undefined: there was none. */
  readonly status?: number | undefined;
  /** What it did, as it follows the host's name: "answered 404 Not Found: manifest unknown". */
  readonly text: string;
  /** How long it asked to be left alone, in ms. */
  readonly retryAfterMs?: number | undefined;
}

/** What one of several hosts did. */
export interface TriedHost {
  readonly address: string;
  /** Whether it is the registry itself, and not a mirror. */
  readonly origin: boolean;
  readonly failure: HostFailure;
}

/** What `answered` is told of an answer. */
export interface FailedAnswer {
  readonly status: number;
  /** The first few KB, if there were any. */
  readonly body?: string;
  readonly retryAfterMs?: number | undefined;
  /** Masks secrets in what was said; default: there are none. */
  readonly masked?: (text: string) => string;
}

/** What an answer that is no success means; statuses as RFC 9110 and the distribution spec have them. */
export function answered(
  { status, body = "", retryAfterMs, masked = (text) => text }: FailedAnswer,
): HostFailure {
  const phrase = PHRASES.get(status);
  const said = saidBy(body, masked);
  const text = [`answered ${status}${phrase ? ` ${phrase}` : ""}`, said, HINTS.get(status)];
  return {
    failure: failureOf(status),
    status,
    text: text.filter((part) => part !== undefined).join(": "),
    retryAfterMs,
  };
}

/** What it means that no answer came, by the words of Deno's fetch (reqwest, hyper, rustls). */
export function unanswered(words: string): HostFailure {
  const line = maskedLine(words.replace(/^.*?client error \(\w+\): /, ""), 200);
  const known = NETWORK_TEXTS.find(({ pattern }) => pattern.test(line));
  return { failure: "network", text: known?.text.replace("$&", line) ?? `failed: ${line}` };
}

/** What came is not what was asked for. */
export function unfit(failure: PullFailure, text: string): HostFailure {
  return { failure, text };
}

/** A failure for a person, of all hosts that were tried, the one that decides first. */
export interface JointFailure {
  readonly failure: PullFailure;
  readonly detail: string;
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

/**
 * What all hosts together mean. The registry's own word decides, as mirrors are asked first and need
 * not have everything; where there is none, waiting for a mirror that asked for a pause helps, and
 * what else a mirror said may be otherwise once the registry can be reached.
 */
export function jointly(tried: readonly TriedHost[]): JointFailure {
  const deciding = tried.toSorted((a, b) => weightOf(b) - weightOf(a))[0];
  if (deciding === undefined) {
    return { failure: "not_found", detail: "hosts.toml names no host that may be asked for it" };
  }
  const { failure, status, retryAfterMs } = deciding.failure;
  const others = tried.filter((each) => each !== deciding);
  const texts = [deciding, ...others].map(({ address, failure }) => `${address} ${failure.text}`);
  return { failure, status, retryAfterMs, detail: maskedLine([...new Set(texts)].join("; "), 500) };
}

function weightOf({ origin, failure }: TriedHost): number {
  if (origin) return failure.failure === "network" ? 2 : 4;
  return failure.failure === "rate_limited" ? 3 : failure.failure === "network" ? 0 : 1;
}

function failureOf(status: number): PullFailure {
  return FAILURES.get(status) ?? "server_error";
}

const FAILURES: ReadonlyMap<number, PullFailure> = new Map<number, PullFailure>([
  [401, "denied"],
  [402, "denied"],
  [403, "denied"],
  [404, "not_found"],
  [407, "network"],
  [408, "network"],
  [410, "not_found"],
  // what the manifest says of the blob's size is not what this host has
  [416, "bad_content"],
  [429, "rate_limited"],
  [451, "denied"],
]);

const PHRASES: ReadonlyMap<number, string> = new Map([
  [400, "Bad Request"],
  [401, "Unauthorized"],
  [402, "Payment Required"],
  [403, "Forbidden"],
  [404, "Not Found"],
  [405, "Method Not Allowed"],
  [407, "Proxy Authentication Required"],
  [408, "Request Timeout"],
  [410, "Gone"],
  [416, "Range Not Satisfiable"],
  [429, "Too Many Requests"],
  [451, "Unavailable For Legal Reasons"],
  [500, "Internal Server Error"],
  [502, "Bad Gateway"],
  [503, "Service Unavailable"],
  [504, "Gateway Timeout"],
]);

const HINTS: ReadonlyMap<number, string> = new Map([
  [401, "there is no such repository, or it needs a login"],
  [407, "give user and password in HTTPS_PROXY"],
]);

interface NetworkText {
  readonly pattern: RegExp;
  /** `$&` stands for what was said. */
  readonly text: string;
}

const NETWORK_TEXTS: readonly NetworkText[] = [
  {
    pattern: /received corrupt message of type/,
    text: "gave an HTTP response to an HTTPS client (for a registry without TLS put an http:// " +
      "host into its hosts.toml in the hosts folder)",
  },
  {
    pattern: /invalid HTTP version parsed/,
    text: "gave no HTTP response to an HTTP client (for a registry with TLS put an https:// host " +
      "into its hosts.toml in the hosts folder)",
  },
  {
    pattern: /invalid peer certificate: UnknownIssuer/,
    text: 'has a certificate of an unknown authority (give the registry\'s CA as "ca" in its ' +
      "hosts.toml in the hosts folder)",
  },
  { pattern: /invalid peer certificate: (.+)/, text: "cannot be trusted: $&" },
  {
    pattern: /certificate required|CertificateRequired|bad certificate|BadCertificate/,
    text: 'wants a certificate of the client ("client" in hosts.toml), or another one: $&',
  },
  {
    pattern: /proxy authentication required/,
    text: "lies behind a proxy that wants a user and password (give them in HTTPS_PROXY)",
  },
  {
    pattern: /tunnel/,
    text: "cannot be reached through the proxy, which does not let us pass: $&",
  },
  { pattern: /dns error/, text: "cannot be found: $&" },
];

/** What a registry says in its error body, on one line: `errors` of the distribution spec. */
function saidBy(body: string, masked: (text: string) => string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined;
  }
  const { errors, message, details } = fields(parsed);
  const first = fields(Array.isArray(errors) ? errors[0] : { message: message ?? details });
  const words = [first.code, first.message].filter((word) => typeof word === "string");
  // before it is cut, and before spaces in it are
  const line = maskedLine(masked(words.join(": ")), 200);
  return line === "" ? undefined : line;
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
