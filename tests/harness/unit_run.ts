import { delay } from "@std/async/delay";
import { freePort } from "./ports.ts";
import { startProcess, type TestProcess } from "./process.ts";
import { answersOk, waitUntil } from "./wait.ts";
import { parseEnvironmentFile, parseUnit, readService, type Service } from "./systemd_unit.ts";

/** What a unit finds on its machine. */
export interface RunUnitOptions {
  /** Files by the absolute names that unit and files call them by; for root alone unless told so. */
  readonly files: Readonly<
    Record<string, string | { readonly text: string; readonly mode: number }>
  >;
  /** Programs by their absolute names there. */
  readonly binaries: Readonly<Record<string, string>>;
  /** What a drop-in with `Environment=` would add; replaces what files say. */
  readonly env?: Readonly<Record<string, string>>;
  /** An empty folder for its files, which stays; default: one that is removed. */
  readonly root?: string;
  /** A command that runs what follows it, such as one that enters a node's namespaces. */
  readonly through?: readonly string[];
  /** Default: a free port of the loopback address. */
  readonly healthAddress?: string;
}

/** A service that runs; disposing stops it and removes its files. */
export interface RunningUnit extends AsyncDisposable {
  /** Below it lie its files: `${root}/etc/…`. */
  readonly root: string;
  /** The present process; another one after a restart. */
  readonly process: TestProcess;
  /** How often it was started again. */
  readonly restarts: number;
  /** What it printed, in all its lives. */
  log(): string;
  /** Whether /readyz says so. */
  ready(): Promise<boolean>;
  untilReady(): Promise<void>;
  /** As `systemctl stop`; resolves to how the main process ended. */
  stop(): Promise<Deno.CommandStatus>;
}

/** Some user that owns nothing, of those that systemd takes for `DynamicUser=`. */
const DYNAMIC_USER = 61234;

/**
 * Runs a unit's service as systemd would, as far as a harness can: with its files at other places, a
 * clean environment, its user, its credentials, without capabilities and new privileges, and again
 * after a failure. What the unit says about name spaces, system calls and memory is not kept.
 */
export async function runUnit(text: string, options: RunUnitOptions): Promise<RunningUnit> {
  await using stack = new AsyncDisposableStack();
  const root = options.root ?? await Deno.makeTempDir({ prefix: "warm-images-unit-" });
  if (options.root === undefined) stack.defer(() => Deno.remove(root, { recursive: true }));
  await Deno.chmod(root, 0o755); // the unit's user must get in
  const mapped = mapper(root, [...Object.keys(options.files), ...Object.keys(options.binaries)]);
  await placeFiles(root, options, mapped);
  const service = readService(parseUnit(mapped(text)));
  const credentials = await placeCredentials(root, service);
  stack.use(await placeRuntimeFolders(root, service));
  const address = options.healthAddress ?? `127.0.0.1:${freePort()}`;
  const env = {
    PATH: `${root}/usr/local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin`,
    ...(service.dynamicUser && { HOME: "/" }),
    ...service.environment,
    ...await readEnvironmentFiles(service),
    ...options.env,
    HEALTH_ADDRESS: address,
    ...(credentials !== undefined && { CREDENTIALS_DIRECTORY: credentials }),
  };
  const command = [
    ...options.through ?? [],
    ...[
      "env",
      "--ignore-environment",
      ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
    ],
    ...privileges(service),
    ...service.command.map((word) => expanded(word, env)),
  ];
  const supervised = stack.use(await supervise(command, service));
  const everything = stack.move();
  const ready = () => answersOk(`http://${address}/readyz`).catch(() => false);
  return {
    root,
    get process() {
      return supervised.process;
    },
    get restarts() {
      return supervised.restarts;
    },
    log: () => supervised.log(),
    stop: () => supervised.stop(),
    ready,
    untilReady: async () => {
      await waitUntil("the unit is ready", ready).catch((error: Error) => {
        throw new Error(`${error.message}: ${supervised.log().slice(-2000)}`);
      });
    },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

/** Puts `root` before the folders in which the unit's files lie. */
function mapper(root: string, names: readonly string[]): (text: string) => string {
  const folders = new Set(names.map((name) => name.slice(0, name.lastIndexOf("/") + 1)));
  return (text) =>
    [...folders].reduce((text, folder) => text.replaceAll(folder, `${root}${folder}`), text);
}

async function placeFiles(
  root: string,
  { files, binaries }: RunUnitOptions,
  mapped: (text: string) => string,
): Promise<void> {
  for (const name of [...Object.keys(files), ...Object.keys(binaries)]) {
    await Deno.mkdir(`${root}${name.slice(0, name.lastIndexOf("/"))}`, { recursive: true });
  }
  for (const [name, file] of Object.entries(files)) {
    const { text, mode } = typeof file === "string" ? { text: file, mode: 0o600 } : file;
    await Deno.writeTextFile(`${root}${name}`, mapped(text), { mode });
  }
  for (const [name, path] of Object.entries(binaries)) {
    // No symbolic link: folders on its way may be closed to the unit's user.
    await Deno.link(path, `${root}${name}`).catch(() => Deno.copyFile(path, `${root}${name}`));
  }
}

/** What `LoadCredential=` gives: copies that only the unit's user can read. */
async function placeCredentials(root: string, service: Service): Promise<string | undefined> {
  const entries = Object.entries(service.credentials);
  if (entries.length === 0) return undefined;
  const user = service.dynamicUser ? DYNAMIC_USER : 0;
  const folder = `${root}/credentials`;
  await Deno.mkdir(folder, { mode: 0o500 });
  for (const [name, path] of entries) {
    await Deno.writeTextFile(`${folder}/${name}`, await Deno.readTextFile(path), { mode: 0o400 });
    await Deno.chown(`${folder}/${name}`, user, user);
  }
  await Deno.chown(folder, user, user);
  return folder;
}

/** What `RuntimeDirectory=` gives, below the unit's root. */
async function placeRuntimeFolders(
  root: string,
  { runtimeFolders, dynamicUser }: Service,
): Promise<AsyncDisposable> {
  const paths = runtimeFolders.map((name) => `${root}/run/${name}`);
  for (const path of paths) {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
    if (dynamicUser) await Deno.chown(path, DYNAMIC_USER, DYNAMIC_USER);
  }
  return {
    [Symbol.asyncDispose]: async () => {
      for (const path of paths) await Deno.remove(path, { recursive: true });
    },
  };
}

async function readEnvironmentFiles(service: Service): Promise<Record<string, string>> {
  const texts = await Promise.all(service.environmentFiles.map((path) => Deno.readTextFile(path)));
  return Object.assign({}, ...texts.map(parseEnvironmentFile));
}

function privileges(service: Service): string[] {
  return [
    ...(service.nice === 0 ? [] : ["nice", `--adjustment=${service.nice}`]),
    "setpriv",
    ...(service.noCapabilities ? ["--bounding-set=-all", "--inh-caps=-all"] : []),
    ...(service.noNewPrivileges ? ["--no-new-privs"] : []),
    ...(service.dynamicUser
      ? [`--reuid=${DYNAMIC_USER}`, `--regid=${DYNAMIC_USER}`, "--clear-groups"]
      : []),
  ];
}

function expanded(word: string, env: Readonly<Record<string, string>>): string {
  return word.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => env[name] ?? "");
}

/** Starts a service's command, and again after failures, until it is stopped or disposed of. */
async function supervise(command: readonly string[], { restartMs, stopsAll }: Service) {
  const [program = "", ...args] = command;
  const over = new AbortController();
  const lives: TestProcess[] = [];
  const start = async () => lives.push(await startProcess(program, { args, cwd: "/" }));
  await start();
  const present = () => lives.at(-1) as TestProcess;
  const watching = (async () => {
    while (true) {
      const { success } = await present().exited;
      if (success || restartMs === undefined || over.signal.aborted) return;
      await present().stop();
      await delay(restartMs, { signal: over.signal }).catch(() => {});
      if (over.signal.aborted) return;
      await start();
    }
  })();
  return {
    get process() {
      return present();
    },
    get restarts() {
      return lives.length - 1;
    },
    log: () => lives.map((life) => life.log()).join(""),
    stop: async () => {
      over.abort();
      const others = stopsAll ? await descendantsOf(present().pid) : [];
      present().signal("SIGTERM");
      for (const pid of others) terminate(pid);
      return await present().exited;
    },
    [Symbol.asyncDispose]: async () => {
      over.abort();
      await present().stop();
      await watching;
    },
  };
}

async function descendantsOf(pid: number): Promise<number[]> {
  const found: number[] = [];
  for await (const { name: thread } of Deno.readDir(`/proc/${pid}/task`)) {
    const path = `/proc/${pid}/task/${thread}/children`;
    const text = await Deno.readTextFile(path).catch(() => ""); // threads and processes end
    found.push(...text.split(" ").filter((word) => word !== "").map(Number));
  }
  return [...found, ...(await Promise.all(found.map(descendantsOf))).flat()];
}

function terminate(pid: number): void {
  try {
    Deno.kill(pid, "SIGTERM");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
