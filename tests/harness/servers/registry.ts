import { type Certificates, makeCertificates } from "./certificates.ts";
import { freePort } from "../ports.ts";
import { startProcess, type TestProcess } from "../process.ts";
import { obtainTool } from "../tools/tools.ts";

/** The one login that a registry with `auth` accepts. */
export const REGISTRY_LOGIN = { username: "test", password: "secret" } as const;

/** One line of the registry's access log. */
export interface RegistryRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: string;
  readonly status: number;
  readonly userAgent: string;
}

/** A running docker-registry; disposing stops it and removes its storage. */
export interface Registry extends AsyncDisposable {
  /** "127.0.0.1:PORT", as it stands in a reference. */
  readonly host: string;
  /** "http://127.0.0.1:PORT" or https. */
  readonly url: string;
  /** The authority to trust, when it speaks TLS. */
  readonly caFile?: string;
  /** Value of the Authorization header that it wants, when it asks for a login. */
  readonly authorization?: string;
  readonly process: TestProcess;
  /** All requests since the start or the last `forgetRequests()`; a line may lag by an instant. */
  requests(): readonly RegistryRequest[];
  forgetRequests(): void;
}

/** Starts a docker-registry on a free port of the loopback address, with storage of its own. */
export async function startRegistry(
  options: {
    readonly auth?: typeof REGISTRY_LOGIN;
    /** For the loopback address, or for these names as openssl has them ("DNS:…", "IP:…"). */
    readonly tls?: boolean | readonly string[];
    /** See `startProcess()`. */
    readonly detached?: boolean;
  } = {},
): Promise<Registry> {
  const binary = await obtainTool("docker-registry");
  const folder = await Deno.makeTempDir({ prefix: "warm-images-registry-" });
  const remove = () => Deno.remove(folder, { recursive: true });
  try {
    const { tls } = options;
    const names = typeof tls === "object" ? tls : undefined;
    const certificates = tls ? await makeCertificates(folder, names) : undefined;
    const host = `127.0.0.1:${freePort()}`;
    const config = `${folder}/config.yml`;
    await Deno.writeTextFile(`${folder}/htpasswd`, HTPASSWD);
    await Deno.writeTextFile(
      config,
      registryConfig(folder, host, { tls: certificates, auth: options.auth !== undefined }),
    );
    const requests: RegistryRequest[] = [];
    const process = await startProcess(binary, {
      args: ["serve", config],
      detached: options.detached ?? false,
      ready: () => answers(host),
      onLine: (line) => {
        const request = readAccessLine(line);
        if (request !== undefined && requests.length < 100_000) requests.push(request);
      },
    });
    const stop = async () => {
      await process.stop();
      await remove();
    };
    return {
      host,
      url: `${certificates ? "https" : "http"}://${host}`,
      ...(certificates && { caFile: certificates.caFile }),
      ...(options.auth &&
        { authorization: `Basic ${btoa(Object.values(REGISTRY_LOGIN).join(":"))}` }),
      process,
      requests: () => [...requests],
      forgetRequests: () => void requests.splice(0),
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** `REGISTRY_LOGIN`, hashed; docker-registry accepts nothing but bcrypt. */
const HTPASSWD = "test:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n";

/** Its configuration; `folder` holds its storage. */
export function registryConfig(
  folder: string,
  host: string,
  { tls, auth = false }: { readonly tls?: Certificates | undefined; readonly auth?: boolean } = {},
): string {
  return JSON.stringify({ // JSON is YAML too
    version: "0.1",
    log: { accesslog: { disabled: false }, level: "warn" },
    storage: {
      filesystem: { rootdirectory: `${folder}/storage` },
      delete: { enabled: true },
      cache: { blobdescriptor: "inmemory" },
    },
    http: { addr: host, ...(tls && { tls: { certificate: tls.certFile, key: tls.keyFile } }) },
    ...(auth && { auth: { htpasswd: { realm: "test", path: `${folder}/htpasswd` } } }),
  });
}

async function answers(host: string): Promise<boolean> {
  const [hostname = "", port] = host.split(":");
  using _connection = await Deno.connect({ hostname, port: Number(port) });
  return true;
}

/**
 * Reads one line of its access log:
 * `1.2.3.4 - - [date] "GET /v2/a/manifests/1?ns=x HTTP/1.1" 200 529 "" "containerd/1.7"`
 */
export function readAccessLine(line: string): RegistryRequest | undefined {
  const match = /"([A-Z]+) (\S+) HTTP\/[\d.]+" (\d{3}) \S+ "[^"]*" "([^"]*)"/.exec(line);
  if (match === null) return undefined;
  const [, method = "", target = "", status, userAgent = ""] = match;
  const [path = "", query = ""] = target.split("?", 2);
  return { method, path, query, status: Number(status), userAgent };
}
