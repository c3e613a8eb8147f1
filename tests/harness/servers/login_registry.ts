import { faultyBody } from "./faulty_body.ts";
import { REGISTRY_LOGIN } from "./registry.ts";

/** How a registry asks for a login: at each request, or once for a token. */
export type LoginScheme = "basic" | "token";

/** One request, in order of arrival. */
export interface LoginRequest {
  readonly method: string;
  /** "HOST:PORT" that the client named. */
  readonly host: string;
  readonly path: string;
  readonly status: number;
  /** Whether the login, or a token that it bought, came with it. */
  readonly loggedIn: boolean;
  readonly userAgent: string;
}

/** A registry that gives nothing without its login; disposing closes it. */
export interface LoginRegistry extends AsyncDisposable {
  /** "10.100.0.1:PORT", as it stands in a reference. */
  readonly host: string;
  /** The only one that it takes; may be changed at any time, as somebody rotates a password. */
  login: { readonly username: string; readonly password: string };
  /**
   * Has layers come a byte at a time until it is disposed, which keeps pulls in the middle: one that
   * gets nothing at all is given up after a while.
   */
  trickle(): Disposable;
  /** Addresses of those who are getting a layer of a repository in this way. */
  trickledTo(repository: string): ReadonlySet<string>;
  requests(): readonly LoginRequest[];
  forgetRequests(): void;
}

/** What to put where. */
export interface LoginRegistryOptions {
  /** "10.100.0.1:PORT" of a registry that asks for nothing. */
  readonly upstream: string;
  /** Address to listen at; default: the loopback address. */
  readonly hostname?: string;
  /** Default: basic. */
  readonly scheme?: LoginScheme;
  readonly login?: LoginRegistry["login"];
}

/** Puts a login in front of a registry, on a free port. */
export function startLoginRegistry(options: LoginRegistryOptions): LoginRegistry {
  const { upstream, hostname = "127.0.0.1", scheme = "basic" } = options;
  const requests: LoginRequest[] = [];
  const tokens = new Map<string, string>(); // what each was bought with
  let trickles = false;
  const trickling = new Set<{ readonly address: string; readonly path: string }>();
  const closing = new AbortController();
  const server = Deno.serve(
    { hostname, port: 0, signal: closing.signal, onListen: () => {} },
    async (request, { remoteAddr }) => {
      const response = await answer(request, remoteAddr.hostname);
      requests.push(seen(request, response.status, isLoggedIn(request)));
      return response;
    },
  );
  const host = `${hostname}:${server.addr.port}`;
  const registry: LoginRegistry = {
    host,
    login: options.login ?? REGISTRY_LOGIN,
    trickle: () => {
      trickles = true;
      return { [Symbol.dispose]: () => void (trickles = false) };
    },
    trickledTo: (repository) => {
      const those = [...trickling].filter(({ path }) => path.startsWith(`/v2/${repository}/`));
      return new Set(those.map(({ address }) => address));
    },
    requests: () => [...requests],
    forgetRequests: () => void requests.splice(0),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await server.finished;
    },
  };
  return registry;

  function basic(): string {
    const { username, password } = registry.login;
    return `Basic ${btoa(`${username}:${password}`)}`;
  }

  function isLoggedIn({ headers }: Request): boolean {
    const given = headers.get("authorization") ?? "";
    if (scheme === "basic") return given === basic();
    return tokens.get(given.replace("Bearer ", "")) === basic();
  }

  async function answer(request: Request, address: string): Promise<Response> {
    const { pathname: path } = new URL(request.url);
    if (scheme === "token" && path === "/token") return await grant(request);
    if (!isLoggedIn(request)) return refusal(request, challenge(path));
    const response = await passed(request, upstream, closing.signal);
    if (!trickles || !isLayer(path, response)) return response;
    return new Response(ReadableStream.from(drops(response, { address, path })), response);
  }

  async function* drops({ body }: Response, who: { address: string; path: string }) {
    if (body === null) return;
    trickling.add(who);
    try {
      yield* faultyBody(body, TRICKLE, () => trickles ? TRICKLE : WHOLE, closing.signal);
    } finally {
      trickling.delete(who); // also when whoever asked has gone
    }
  }

  /** Sources: distribution.github.io/distribution/spec/auth/{token,oauth}/ */
  async function grant(request: Request): Promise<Response> {
    const form = request.method === "POST" ? await request.formData() : undefined;
    const given = form === undefined
      ? request.headers.get("authorization")
      : `Basic ${btoa(`${form.get("username")}:${form.get("password")}`)}`;
    if (given !== basic()) return refusal(request, 'Basic realm="private"');
    const token = crypto.randomUUID();
    tokens.set(token, basic());
    return Response.json({ token, "access_token": token, "expires_in": 300 });
  }

  function challenge(path: string): string {
    if (scheme === "basic") return 'Basic realm="private"';
    const repository = /^\/v2\/(.+)\/(?:manifests|blobs)\//.exec(path)?.[1];
    const scope = repository === undefined ? "" : `,scope="repository:${repository}:pull"`;
    return `Bearer realm="http://${host}/token",service="${host}"${scope}`;
  }
}

const TRICKLE = { fault: "slow", bytesPerSecond: 2 } as const;
const WHOLE = { fault: "none" } as const;

/** Configurations are small, and asked for before a pull begins. */
function isLayer(path: string, { headers }: Response): boolean {
  return path.includes("/blobs/") && Number(headers.get("content-length")) > 100_000;
}

function seen(request: Request, status: number, loggedIn: boolean): LoginRequest {
  const { host, pathname: path } = new URL(request.url);
  const userAgent = request.headers.get("user-agent") ?? "";
  return { method: request.method, host, path, status, loggedIn, userAgent };
}

function refusal(request: Request, challenge: string): Response {
  const headers = {
    "www-authenticate": challenge,
    "docker-distribution-api-version": "registry/2.0",
  };
  if (request.method === "HEAD") return new Response(null, { status: 401, headers });
  const errors = [{ code: "UNAUTHORIZED", message: "authentication required" }];
  return Response.json({ errors }, { status: 401, headers });
}

async function passed(request: Request, upstream: string, signal: AbortSignal) {
  const { pathname, search } = new URL(request.url);
  const headers = new Headers(request.headers);
  headers.delete("host");
  headers.delete("authorization");
  return await fetch(`http://${upstream}${pathname}${search}`, {
    method: request.method,
    headers,
    redirect: "manual",
    signal,
  });
}
