import type { HttpAnswer, HttpRequest } from "./http_answer.ts";

/** How a registry hands out tokens. */
export interface TokenOptions {
  /** Requests that one token is good for; default: any number. */
  readonly uses?: number;
  /** What it says of a token's life, in seconds; default: nothing, which means 60. */
  readonly expiresInSeconds?: number;
}

/** Tokens of a registry that gives them to everybody, each for one repository. */
export interface TokenService {
  /** Answers a request for a token. */
  grant(request: HttpRequest): HttpAnswer;
  /** Why this request may not pass: a challenge; undefined when it may. */
  refusal(request: HttpRequest, repository: string): HttpAnswer | undefined;
  challenge(request: HttpRequest, repository: string): string;
  /** All tokens handed out so far are good for nothing. */
  revoke(): void;
}

/** Path of the service on the registry's own host. */
export const TOKEN_PATH = "/token";

/** Source: distribution.github.io/distribution/spec/auth/token/ */
export function tokenService({ uses = Infinity, expiresInSeconds }: TokenOptions): TokenService {
  const tokens = new Map<string, { readonly repository: string; left: number }>();
  const challenge = ({ url }: HttpRequest, repository: string) =>
    `Bearer realm="${url.origin}${TOKEN_PATH}",service="scripted",scope="repository:${repository}:pull"`;
  return {
    grant({ url }) {
      const scope = /^repository:(.+):pull$/.exec(url.searchParams.get("scope") ?? "");
      if (scope === null) return { status: 400, headers: { "content-length": "0" } };
      const token = crypto.randomUUID();
      tokens.set(token, { repository: scope[1] ?? "", left: uses });
      const expiry = expiresInSeconds === undefined ? {} : { "expires_in": expiresInSeconds };
      return jsonAnswer(200, { token, ...expiry });
    },
    refusal(request, repository) {
      const [, name = ""] = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "") ?? [];
      const token = tokens.get(name);
      if (token?.repository === repository && token.left-- > 0) return undefined;
      const errors = [{ code: "UNAUTHORIZED", message: "authentication required" }];
      return jsonAnswer(401, { errors }, { "www-authenticate": challenge(request, repository) });
    },
    challenge,
    revoke: () => tokens.clear(),
  };
}

/** An answer with a body of JSON. */
export function jsonAnswer(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return {
    status,
    headers: {
      "content-type": "application/json",
      "content-length": `${bytes.length}`,
      ...headers,
    },
    body: ReadableStream.from([bytes]),
  };
}
