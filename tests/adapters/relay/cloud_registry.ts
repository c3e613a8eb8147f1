import { challenged, type ServedImage } from "./login_registry.ts";
import {
  type ScriptedHost,
  type SeenRequest,
  sendBytes,
  startScriptedHost,
} from "./scripted_host.ts";

/** How a registry asks who somebody is. */
export interface CloudDialect {
  /** As it answers 401; `realm` is where its token service is. */
  challenge(options: { readonly realm: string; readonly repository: string }): string;
  /** Path of its token service; undefined: it has none. */
  readonly tokens?: string | undefined;
  /** Whether that is on a host of its own. */
  readonly tokensElsewhere?: true | undefined;
  /** What the token service answers to whoever has no right; default: a token that opens nothing. */
  readonly refusal?: number | undefined;
  /** What the registry answers to a login that it does not take; default 401. */
  readonly loginRefusal?: number | undefined;
  /** Whether the service takes GET with Basic, or POST with a form, or both. */
  readonly methods?: readonly ("GET" | "POST")[] | undefined;
}

/** What opens a registry. */
export interface Keys {
  /** Values of `Authorization` that are let in, at the registry or at its token service. */
  authorizations: readonly string[];
  /** Identity tokens that are taken by POST. */
  identities: readonly string[];
  /** Users and passwords that are taken by POST. */
  passwords?: readonly (readonly [user: string, password: string])[];
}

/** One request, and what it showed. */
export interface ShownRequest {
  readonly host: "registry" | "tokens" | "storage";
  readonly request: SeenRequest;
  /** The form of a POST. */
  readonly form?: URLSearchParams | undefined;
}

/** A registry with its token service and its storage; disposing ends them. */
export interface CloudRegistry extends AsyncDisposable {
  readonly address: string;
  readonly keys: Keys;
  /** Everything that any of the hosts got, in order. */
  readonly shown: ShownRequest[];
  /** Ends all tokens that were given. */
  revoke(): void;
  /** What a token service says beside the token. */
  extra: Readonly<Record<string, unknown>>;
}

/** Starts one that has `image` under all names, and sends to its storage for blobs. */
export async function startCloudRegistry(
  dialect: CloudDialect,
  image: ServedImage,
  keys: Keys,
): Promise<CloudRegistry> {
  await using starting = new AsyncDisposableStack();
  const shown: ShownRequest[] = [];
  const given = new Map<string, { readonly scopes: readonly string[]; readonly isGood: boolean }>();
  const record = (host: ShownRequest["host"], request: SeenRequest, form?: URLSearchParams) => {
    shown.push({ host, request, form });
  };
  const storage = starting.use(
    await startScriptedHost((request) => {
      record("storage", request);
      // As S3: signed addresses and a header of Authorization do not go together.
      if (request.headers.has("authorization")) return new Response(null, { status: 400 });
      return sendBytes(image.layer, request);
    }),
  );
  const giveToken = async (request: SeenRequest) => {
    const form = request.method === "POST" ? new URLSearchParams(await request.text()) : undefined;
    record("tokens", request, form);
    const { methods = ["GET"], refusal } = dialect;
    if (!methods.some((method) => method === request.method)) {
      return new Response(null, { status: 405 });
    }
    const query = form ?? new URL(request.target, "http://x").searchParams;
    const isGood = form === undefined
      ? keys.authorizations.includes(request.headers.get("authorization") ?? "")
      : maySend(form, keys);
    if (!isGood && refusal !== undefined) {
      return Response.json({ errors: [{ code: "DENIED", message: "denied" }] }, {
        status: refusal,
      });
    }
    const token = crypto.randomUUID();
    const scopes = query.getAll("scope").flatMap((scope) => scope.split(" "));
    given.set(token, { scopes, isGood });
    const name = form === undefined ? "token" : "access_token";
    return Response.json({ [name]: token, "expires_in": 300, ...registry.extra });
  };
  const others: ScriptedHost[] = [];
  if (dialect.tokensElsewhere) others.push(starting.use(await startScriptedHost(giveToken)));
  const host = starting.use(
    await startScriptedHost((request) => {
      const { target, headers } = request;
      if (dialect.tokens !== undefined && target.startsWith(dialect.tokens)) {
        return giveToken(request);
      }
      record("registry", request);
      const repository = /^\/v2\/(.+)\/(?:manifests|blobs)\//.exec(target)?.[1] ?? "";
      const authorization = headers.get("authorization");
      const token = given.get(authorization?.replace("Bearer ", "") ?? "");
      const mayPass = dialect.tokens === undefined
        ? keys.authorizations.includes(authorization ?? "")
        : keys.authorizations.includes(authorization ?? "") &&
            authorization?.startsWith("Bearer") ||
          token?.isGood && token.scopes.includes(`repository:${repository}:pull`);
      if (mayPass) {
        return target.includes(image.layerDigest)
          ? new Response(null, { status: 307, headers: { location: `${storage.url}/x?sig=1` } })
          : image.answer(request);
      }
      if (authorization !== null && dialect.loginRefusal !== undefined) {
        return new Response(null, { status: dialect.loginRefusal });
      }
      const realm = `${others[0]?.url ?? `http://${headers.get("host")}`}${dialect.tokens}`;
      return challenged(dialect.challenge({ realm, repository }));
    }),
  );
  const running = starting.move();
  const registry: CloudRegistry = {
    address: host.address,
    keys,
    shown,
    extra: {},
    revoke: () => given.clear(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
  return registry;
}

function maySend(form: URLSearchParams, { identities, passwords = [] }: Keys): boolean {
  if (form.get("grant_type") === "refresh_token") {
    return identities.includes(form.get("refresh_token") ?? "");
  }
  return passwords.some(([user, password]) =>
    form.get("username") === user && form.get("password") === password
  );
}
