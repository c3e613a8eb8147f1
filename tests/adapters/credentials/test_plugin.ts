import { waitUntil } from "../../harness/wait.ts";
import { replaceFile, temporaryFolder } from "./harness.ts";

/** What a run of the test's plugin got. */
export interface PluginRecord {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly input: string;
}

/** A plugin in a folder of its own, with a configuration that names it. */
export interface TestPlugin extends AsyncDisposable {
  /** What `openTestLogins()` takes. */
  readonly settings: { readonly providers: string; readonly providerDir: string };
  /** The plugin's program. */
  readonly program: string;
  /** What it prints from now on: see `answer()`. */
  print(text: string): Promise<void>;
  /** Makes it run these lines of shell instead of printing. */
  run(lines: string): Promise<void>;
  /** Runs so far, in order. */
  runs(): Promise<readonly PluginRecord[]>;
  /** Writes another configuration of it. */
  configure(change: Readonly<Record<string, unknown>>): Promise<void>;
}

/** The folder is named by what a plugin's program calls `$PLUGIN`, as it has no environment. */
export async function testPlugin(
  change: Readonly<Record<string, unknown>> = {},
): Promise<TestPlugin> {
  const folder = await temporaryFolder();
  const at = folder.path;
  const program = `${at}/bin/test-plugin`;
  await Deno.mkdir(`${at}/bin`);
  await Deno.mkdir(`${at}/runs`);
  const run = async (lines: string) => {
    const script = [
      "#!/bin/sh",
      `PLUGIN=${at}`,
      `RUN=$(mktemp -d $PLUGIN/runs/$(date +%s%N).XXXX)`,
      'cat > "$RUN/input"',
      'for each in "$@"; do printf "%s\\0" "$each"; done > "$RUN/args"',
      'cat /proc/$$/environ > "$RUN/env"',
      ': > "$RUN/done"',
      lines,
    ].join("\n");
    await replaceFile(program, script, { mode: 0o755 });
  };
  const configure = async (change: Readonly<Record<string, unknown>>) => {
    const provider = {
      name: "test-plugin",
      apiVersion: VERSION,
      matchImages: ["*.example"],
      defaultCacheDuration: "1h",
      ...change,
    };
    const config = {
      apiVersion: "kubelet.config.k8s.io/v1",
      kind: "CredentialProviderConfig",
      providers: [provider],
    };
    await replaceFile(`${at}/config.json`, JSON.stringify(config));
  };
  await configure(change);
  await run("exit 1");
  return {
    settings: { providers: `${at}/config.json`, providerDir: `${at}/bin` },
    program,
    run,
    configure,
    async print(text) {
      await Deno.writeTextFile(`${at}/answer`, text);
      await run('cat "$PLUGIN/answer"');
    },
    runs: () => readRuns(`${at}/runs`),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const VERSION = "credentialprovider.kubelet.k8s.io/v1";

/** An answer with one password, for registries by their hosts. */
export function answer(
  passwords: Readonly<Record<string, string>>,
  change: Readonly<Record<string, unknown>> = {},
): string {
  const auth = Object.entries(passwords).map(([host, password]) =>
    [host, { username: "p", password }] as const
  );
  return JSON.stringify({
    apiVersion: VERSION,
    kind: "CredentialProviderResponse",
    cacheKeyType: "Registry",
    auth: Object.fromEntries(auth),
    ...change,
  });
}

/** Waits until the plugin has begun so many runs, and knows what it was told. */
export async function waitForRuns(plugin: TestPlugin, count: number): Promise<void> {
  await waitUntil(`the plugin has begun ${count} runs`, async () => {
    return (await plugin.runs()).length >= count;
  });
}

async function readRuns(folder: string): Promise<PluginRecord[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) names.push(name);
  const records: PluginRecord[] = [];
  for (const name of names.toSorted()) {
    const done = await Deno.stat(`${folder}/${name}/done`).catch(() => undefined);
    if (done === undefined) continue;
    const [input, args, env] = await Promise.all(
      ["input", "args", "env"].map((part) => Deno.readTextFile(`${folder}/${name}/${part}`)),
    );
    const texts = (list = "") => list.split("\0").slice(0, -1);
    records.push({
      input: input ?? "",
      args: texts(args),
      env: Object.fromEntries(
        texts(env).map((each) => {
          const at = each.indexOf("=");
          return [each.slice(0, at), each.slice(at + 1)];
        }),
      ),
    });
  }
  return records;
}
