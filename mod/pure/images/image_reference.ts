import { explainInvalidReference } from "./image_reference_fault.ts";

/** An image reference in its parts; `tag` is absent where a digest decides. */
export interface ImageReference {
  /** Host with its port, such as `docker.io` or `localhost:5000`. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  /** Such as `sha256:…`. */
  readonly digest?: string;
  /** The one way to write it: `registry/repository:tag` or `registry/repository@digest`. */
  readonly canonical: string;
}

/** What became of a text that should be a reference; `fault` says why it is none. */
export type ParsedReference =
  | { readonly reference: ImageReference }
  | { readonly fault: string };

/**
 * Reads an image reference as containerd's CRI plug-in and Docker do: `ParseDockerRef` of
 * github.com/distribution/reference v0.6.0, whose rules and expressions these are. Never throws.
 */
export function parseImageReference(text: string): ParsedReference {
  // Ours alone: Go's expressions are linear in time, JavaScript's are not. No real reference comes near.
  if (text.length > MAX_LENGTH) return { fault: `it is longer than ${MAX_LENGTH} characters` };
  if (IDENTIFIER.test(text)) {
    return { fault: "64 hexadecimal digits are the identifier of an image, not its name" };
  }
  const { domain, remainder } = splitDomain(text);
  const whole = `${domain}/${remainder}`;
  const match = REFERENCE.exec(whole);
  const name = match?.[1];
  if (!match || name === undefined) {
    const inLowercase = REFERENCE.test(whole.toLowerCase());
    return {
      fault: inLowercase ? "repository name must be lowercase" : explainInvalidReference(text),
    };
  }
  return checkLimits(name, match[2], match[3]);
}

const MAX_LENGTH = 1024;

/** `RepositoryNameTotalLengthMax`: of the path alone since v0.6.0. */
const MAX_PATH_LENGTH = 255;

const DEFAULT_DOMAIN = "docker.io";

function checkLimits(name: string, tag?: string, digest?: string): ParsedReference {
  const [, domain, path = name] = NAME.exec(name) ?? [];
  if (path.length > MAX_PATH_LENGTH) {
    return { fault: `repository name is longer than ${MAX_PATH_LENGTH} characters` };
  }
  const fault = digest === undefined ? undefined : digestFault(digest);
  if (fault) return { fault };
  // A first component such as `my_host.example` is no domain by the grammar and yet is where containerd asks.
  const registry = domain ?? name.slice(0, name.indexOf("/"));
  const repository = name.slice(registry.length + 1);
  if (digest !== undefined) {
    return { reference: { registry, repository, digest, canonical: `${name}@${digest}` } };
  }
  const known = tag ?? "latest";
  return { reference: { registry, repository, tag: known, canonical: `${name}:${known}` } };
}

/** `splitDockerDomain`: the first component is a domain when it looks like one. */
function splitDomain(text: string): { readonly domain: string; readonly remainder: string } {
  const slash = text.indexOf("/");
  if (slash < 0) return { domain: DEFAULT_DOMAIN, remainder: `library/${text}` };
  const first = text.slice(0, slash);
  const isDomain = first === "localhost" || /[.:]/.test(first) || first.toLowerCase() !== first;
  const domain = !isDomain || first === "index.docker.io" ? DEFAULT_DOMAIN : first;
  const rest = isDomain ? text.slice(slash + 1) : text;
  const official = domain === DEFAULT_DOMAIN && !rest.includes("/");
  return { domain, remainder: official ? `library/${rest}` : rest };
}

/** `Digest.Validate` of github.com/opencontainers/go-digest v1.0.0. */
function digestFault(digest: string): string | undefined {
  const colon = digest.indexOf(":");
  const algorithm = digest.slice(0, colon);
  const encoded = digest.slice(colon + 1);
  const digits = DIGEST_DIGITS.get(algorithm);
  if (digits === undefined) return `digest algorithm "${algorithm}" is not supported`;
  if (encoded.length !== digits) return `a ${algorithm} digest must have ${digits} digits`;
  if (!/^[a-f0-9]+$/.test(encoded)) return "digest must be written in lowercase";
  return undefined;
}

const DIGEST_DIGITS: ReadonlyMap<string, number> = new Map([
  ["sha256", 64],
  ["sha384", 96],
  ["sha512", 128],
]);

const DOMAIN_PART = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const HOST = `(?:${DOMAIN_PART}(?:\\.${DOMAIN_PART})*|\\[(?:[a-fA-F0-9:]+)\\])`;
const DOMAIN = `${HOST}(?::[0-9]+)?`;
const PATH_PART = "[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*";
const PATH = `${PATH_PART}(?:/${PATH_PART})*`;
const TAG = "[\\w][\\w.-]{0,127}";
const DIGEST = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*[:][0-9A-Fa-f]{32,}";

const IDENTIFIER = /^[a-f0-9]{64}$/;
const NAME = new RegExp(`^(?:(${DOMAIN})/)?(${PATH})$`);
const REFERENCE = new RegExp(`^((?:${DOMAIN}/)?${PATH})(?::(${TAG}))?(?:@(${DIGEST}))?$`);
