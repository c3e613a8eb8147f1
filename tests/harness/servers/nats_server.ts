import { type Certificates, makeCertificates } from "./certificates.ts";
import { freePort } from "../ports.ts";
import { startProcess, type TestProcess } from "../process.ts";
import type { NatsAccess } from "./nats_access.ts";
import { obtainTool } from "../tools/tools.ts";

/** What the server demands and offers. */
export interface StartNatsOptions {
  readonly login?: { readonly username: string; readonly password: string };
  readonly token?: string;
  /** With `"client-certificate"` the server also demands one of its authority. */
  readonly tls?: boolean | "client-certificate";
  /** Default true. */
  readonly jetstream?: boolean;
  /** The most that JetStream may store, as the configuration has it: `4MB`. */
  readonly maxFileStore?: string;
  /** In bytes; the server's default is 1 MiB. */
  readonly maxPayload?: number;
  /** Which server; default: Debian's, which is old. */
  readonly tool?: "nats-server" | "nats-server-of-chart";
  /** Further lines of the server's configuration. */
  readonly config?: string;
  /** Where it listens, and what its certificate names; default: the loopback address. */
  readonly hostname?: string;
  /** Default: any free one. */
  readonly port?: number;
  /** Joins its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** See `startProcess()`. */
  readonly detached?: boolean;
}

/** A nats-server that can be stopped and started on its port; disposing removes its data too. */
export interface TestNats extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Where its certificates lie. */
  readonly folder: string;
  /** What a store needs to get in. */
  readonly settings: NatsAccess;
  /** What the programs need on their command line to get in … */
  readonly flags: readonly string[];
  /** … and in their environment: the secrets. */
  readonly env: Readonly<Record<string, string>>;
  /** The present process; it is another one after a restart. */
  readonly process: TestProcess;
  stop(): Promise<void>;
  /** Starts it again, by default as it was; `options` replace what they name from then on. */
  start(options?: StartNatsOptions): Promise<void>;
  /** Stops and starts it; `wipe` removes its data in between. */
  restart(options?: StartNatsOptions & { readonly wipe?: boolean }): Promise<void>;
}

/** Starts a nats-server with JetStream, on the loopback address unless told otherwise. */
export async function startNatsServer(options: StartNatsOptions = {}): Promise<TestNats> {
  const binary = await obtainTool(options.tool ?? "nats-server");
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "warm-images-nats-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const { hostname = "127.0.0.1" } = options;
  const certificates = options.tls ? await makeCertificates(folder, [`IP:${hostname}`]) : undefined;
  const port = options.port ?? freePort();
  let present = options;
  const run = async () => {
    const file = `${folder}/nats.conf`;
    await Deno.writeTextFile(file, serverConfig(present, { folder, port, certificates }));
    return await startProcess(binary, {
      args: ["-c", file],
      detached: present.detached ?? false,
      env: { ...present.env },
      ready: () => answers(hostname, port),
    });
  };
  let process = await run();
  stack.defer(() => process.stop());
  const everything = stack.move();
  const stop = () => process.stop();
  const start = async (changed: StartNatsOptions = {}) => {
    present = { ...present, ...changed };
    process = await run();
  };
  const settings = clientSettings(options, `${hostname}:${port}`, certificates);
  return {
    port,
    folder,
    url: settings.urls[0] ?? "",
    settings,
    flags: clientFlags(settings),
    env: clientEnvironment(options),
    get process() {
      return process;
    },
    stop,
    start,
    restart: async ({ wipe = false, ...changed } = {}) => {
      await stop();
      if (wipe) await Deno.remove(`${folder}/data`, { recursive: true }).catch(() => {});
      await start(changed);
    },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly certificates: Certificates | undefined;
}

/** Source: https://docs.nats.io/running-a-nats-service/configuration */
function serverConfig(options: StartNatsOptions, { folder, port, certificates }: Place): string {
  const quoted = (text: string) => JSON.stringify(text);
  const { login, token, jetstream = true, maxPayload, config } = options;
  const lines = [`listen: "${options.hostname ?? "127.0.0.1"}:${port}"`];
  const store = options.maxFileStore ? `, max_file_store: ${options.maxFileStore}` : "";
  if (jetstream) lines.push(`jetstream { store_dir: ${quoted(`${folder}/data`)}${store} }`);
  if (maxPayload !== undefined) lines.push(`max_payload: ${maxPayload}`);
  if (token !== undefined) lines.push(`authorization { token: ${quoted(token)} }`);
  if (login) {
    const { username, password } = login;
    lines.push(`authorization { user: ${quoted(username)}, password: ${quoted(password)} }`);
  }
  if (certificates) {
    const { certFile, keyFile, caFile } = certificates;
    lines.push(`tls { cert_file: ${quoted(certFile)}, key_file: ${quoted(keyFile)}`);
    if (options.tls === "client-certificate") {
      lines.push(`  ca_file: ${quoted(caFile)}, verify: true`);
    }
    lines.push("}");
  }
  return [...lines, config ?? ""].join("\n");
}

/** The server's certificate serves the client too: it is not limited to one use. */
function clientSettings(
  { login, token, tls }: StartNatsOptions,
  server: string,
  certificates: Certificates | undefined,
): NatsAccess {
  return {
    urls: [`nats://${server}`],
    bucket: "warm-images",
    ...login,
    ...(token !== undefined && { token }),
    ...(certificates && { caFile: certificates.caFile }),
    ...(certificates && tls === "client-certificate" &&
      { certFile: certificates.certFile, keyFile: certificates.keyFile }),
  };
}

function clientFlags(settings: NatsAccess): string[] {
  const { urls, username, caFile, certFile, keyFile } = settings;
  const flags = Object.entries({
    "--nats-url": urls.join(","),
    "--nats-username": username,
    "--nats-ca-file": caFile,
    "--nats-cert-file": certFile,
    "--nats-key-file": keyFile,
  });
  return flags.flatMap(([flag, value]) => value === undefined ? [] : [flag, value]);
}

function clientEnvironment({ login, token }: StartNatsOptions): Record<string, string> {
  return {
    ...(login && { NATS_PASSWORD: login.password }),
    ...(token !== undefined && { NATS_TOKEN: token }),
  };
}

async function answers(hostname: string, port: number): Promise<boolean> {
  using connection = await Deno.connect({ hostname, port });
  return (await connection.read(new Uint8Array(16))) !== null;
}
