import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  CONTAINERD_ROOTS,
  HOSTS_FOLDERS,
  permissionFlags,
  permissionsOf,
  type ProgramName,
} from "../../mod/build/permissions.ts";
import { CTR_VARIABLES } from "../../mod/adapters/containerd/ctr_environment.ts";
import { fakeCtr } from "../harness/fakes/fake_ctr.ts";
import { freePort } from "../harness/ports.ts";
import { startProcess } from "../harness/process.ts";
import { waitUntil } from "../harness/wait.ts";

const OFFLINE = "--import-map=tests/offline/import_map.json";
const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);

/** What every ctr gets, and what a shell adds by itself. */
const OF_EVERY_CTR = ["CONTAINERD_SUPPRESS_DEPRECATION_WARNINGS", "OLDPWD", "PWD", "SHLVL", "_"];

const POD = `{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a,
  image: nginx:1.27}]}}`;

for (const program of ["controller", "agent"] as const) {
  Deno.test(`the ${program} answers --help and --version with its rights alone`, async () => {
    const version = await run(program, ["--version"]);
    assertEquals(version, { code: 0, stdout: version.stdout, stderr: "" });
    const help = await run(program, ["--help"]);
    assertEquals([help.code, help.stderr], [0, ""]);
    assertStringIncludes(help.stdout, `Usage: warm-images-${program}`);
  });
}

Deno.test("the controller plans with its rights alone", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/pod.yaml`, POD);
    const { code, stdout, stderr } = await run("controller", [
      "plan",
      "--output=json",
      "--manifests",
      folder,
    ]);
    assertEquals([code, lackIn(stderr)], [0, undefined]);
    assertEquals(JSON.parse(stdout)[0].image, "docker.io/library/nginx:1.27");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the controller asks registries for sizes with its rights alone", async () => {
  const digest = `sha256:${"0".repeat(64)}`;
  const manifest = {
    schemaVersion: 2,
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: 3 },
    layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest, size: 7 }],
  };
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () =>
      Response.json(manifest, {
        headers: { "content-type": "application/vnd.oci.image.manifest.v1+json" },
      }),
  );
  const folder = await Deno.makeTempDir();
  try {
    const image = `127.0.0.1:${server.addr.port}/app:1`;
    await Deno.writeTextFile(`${folder}/pod.yaml`, POD.replace("nginx:1.27", image));
    const flags = ["plan", "--sizes", "--output=json", "--manifests", folder];
    const { code, stdout, stderr } = await run("controller", flags);
    assertEquals([code, lackIn(stderr)], [0, undefined]);
    const [{ sizeBytes }] = JSON.parse(stdout);
    assertEquals(sizeBytes, 10, stderr);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the controller checks another one with its rights alone", async () => {
  const readiness = { ready: true, conditions: { nats: { holds: true } } };
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) =>
      request.url.endsWith("/readyz")
        ? Response.json(readiness)
        : new Response('warm_images_agents{state="fresh"} 1\n'),
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  const { code, stdout, stderr } = await run("controller", ["check", `--controller-url=${url}`]);
  assertEquals([code, lackIn(stderr)], [0, undefined]);
  assertStringIncludes(stdout, "ok: ready (nats)\nok: nodes whose agent reports: 1");
});

for (
  const [program, ...flags] of [
    ["controller", "--manifests=/nowhere"],
    ["agent", "--containerd-address=/nowhere.sock"],
  ] as const
) {
  Deno.test(`the ${program} waits for NATS with its rights alone`, async () => {
    const port = freePort();
    await using process = await startProcess(Deno.execPath(), {
      args: [
        ...runFlags(program),
        ...flags,
        "--nats-url=127.0.0.1:1",
        `--health-address=127.0.0.1:${port}`,
      ],
      cwd: ROOT,
    });
    await waitUntil("it says that NATS is missing", async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`).then((r) => r.json(), () => {});
      return answer?.conditions.nats?.holds === false;
    });
    const metrics = await fetch(`http://127.0.0.1:${port}/metrics`).then((r) => r.text());
    assertMatch(metrics, /^process_cpu_seconds_total 0\.\d*[1-9]/m);
    assertMatch(metrics, /^process_resident_memory_bytes [1-9]\d{7,}$/m);
    process.signal("SIGTERM");
    assertEquals((await process.exited).code, 0);
    assertEquals(lackIn(process.log()), undefined);
  });
}

Deno.test("the agent's rights let it see how full the disk is", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const module = new URL("../../mod/adapters/disk_usage.ts", import.meta.url);
    const read = `import { openDiskUsage } from "${module}";
      await openDiskUsage({ root: "${folder}" }).read();`;
    await Deno.writeTextFile(`${folder}/read.ts`, read);
    const flags = permissionFlags(permissionsOf("agent", { read: [folder] }));
    const { code, stderr } = await deno(["run", "--no-lock", ...flags, `${folder}/read.ts`]);
    assertEquals([code, stderr], [0, ""]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the agent's rights let it run a credential plugin by its path, and nothing else", async () => {
  await using folder = await temporaryFolder();
  const at = folder.path;
  await Deno.mkdir(`${at}/bin`);
  for (const name of ["plugin", "stranger"]) {
    const answer = '{"apiVersion":"credentialprovider.kubelet.k8s.io/v1","cacheKeyType":"Global",' +
      '"kind":"CredentialProviderResponse","auth":{"a.example":{"username":"u","password":"p"}}}';
    await Deno.writeTextFile(`${at}/bin/${name}`, `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
  }
  await Deno.symlink(`${at}/bin`, `${at}/linked`);
  const providers = ["plugin", "stranger"].map((name) => ({
    ...{ name, matchImages: ["a.example"], defaultCacheDuration: "1m" },
    ...{ apiVersion: "credentialprovider.kubelet.k8s.io/v1", env: [{ name: "HOME", value: "/" }] },
  }));
  const config = { apiVersion: "kubelet.config.k8s.io/v1", kind: "CredentialProviderConfig" };
  await Deno.writeTextFile(`${at}/config.json`, JSON.stringify({ ...config, providers }));
  const module = new URL("../../mod/adapters/credentials/node_logins.ts", import.meta.url);
  await Deno.writeTextFile(
    `${at}/find.ts`,
    `import { openNodeLogins } from "${module}";
      const { signal } = new AbortController();
      const say = (_message, fields) => console.log(JSON.stringify(fields));
      const logger = { debug() {}, info() {}, warn: say, error: say };
      const clock = { wallMs: Date.now, monotonicMs: () => performance.now() };
      const settings = { providers: "${at}/config.json", providerDir: "${at}/linked/" };
      await using logins = await openNodeLogins(settings, { clock, logger, signal });
      for (const source of logins.of("a.example/app")) {
        console.log(source.from, (await source.find({ signal }))?.username);
      }`,
  );
  const run = [`${at}/linked/plugin`];
  const flags = permissionFlags(permissionsOf("agent", { read: [folder.path], run }));
  const args = ["run", "--no-check", "--no-lock", OFFLINE, ...flags, `${at}/find.ts`];
  const { code, stdout, stderr } = await deno(args);
  assertEquals([code, stderr], [0, ""]);
  const [plugin, fault, stranger] = stdout.split("\n");
  assertEquals([plugin, stranger], ["plugin plugin u", "plugin stranger undefined"]);
  assertMatch(fault ?? "", /this program may not run .+stranger/);
});

Deno.test("ctr gets what the agent's environment says of proxies and authorities, no more", async () => {
  await using fake = await fakeCtr();
  const given = Object.fromEntries(CTR_VARIABLES.map((name) => [name, `http://${name}.example`]));
  const folder = fake.path.slice(0, fake.path.lastIndexOf("/"));
  const flags = permissionFlags(permissionsOf("agent", { read: [folder], run: [fake.path] }));
  await using _agent = await startProcess(Deno.execPath(), {
    args: [
      ...["run", "--no-lock", OFFLINE, ...flags, "agent.ts"],
      ...["--ctr", fake.path, "--containerd-root", folder, "--health-address=off"],
    ],
    cwd: ROOT,
    env: { ...given, NATS_URL: "127.0.0.1:1", NATS_USERNAME: "warm", NATS_PASSWORD: "secret" },
    ready: async () => (await fake.calls("version")).length > 0,
  });
  const seen = [...(await fake.env()).matchAll(/^export (\w+)='(.*)'$/gm)]
    .map(([, name, value]) => [name ?? "", value ?? ""] as const)
    .filter(([name]) => !OF_EVERY_CTR.includes(name));
  assertEquals(Object.fromEntries(seen), given);
});

Deno.test("the controller's rights let it run a credential plugin, and nothing else", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const script = '#!/bin/sh\necho "$1 $HOME $AWS_PROFILE $KUBERNETES_EXEC_INFO $PASSWORD"\n';
    for (const name of ["aws", "stranger"]) {
      await Deno.writeTextFile(`${folder}/${name}`, script, { mode: 0o755 });
    }
    // As client-node does it.
    const spawn = `import { spawn } from "node:child_process";
      const env = { ...process.env, KUBERNETES_EXEC_INFO: "info" };
      const plugin = spawn(Deno.args[0], ["get-token"], { env });
      plugin.on("error", (error) => { throw error; });
      plugin.stdout.pipe(process.stdout);`;
    await Deno.writeTextFile(`${folder}/spawn.ts`, spawn);
    const flags = permissionFlags(permissionsOf("controller"));
    const env = {
      PATH: `${folder}:${Deno.env.get("PATH")}`,
      ...{ HOME: "/home/me", AWS_PROFILE: "test", PASSWORD: "secret" },
    };
    const run = (name: string) =>
      deno(["run", "--quiet", "--no-lock", ...flags, `${folder}/spawn.ts`, name], env);
    assertEquals(await run("aws"), {
      code: 0,
      stdout: "get-token /home/me test info \n",
      stderr: "",
    });
    assertStringIncludes((await run("stranger")).stderr, 'Requires run access to "stranger"');
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (const [key, folders] of [["root", CONTAINERD_ROOTS], ["hostsDir", HOSTS_FOLDERS]] as const) {
  Deno.test(`the agent may read the ${key} of each distribution of the chart`, async () => {
    const chart = new URL("../../chart/templates/_distribution.tpl", import.meta.url);
    const lines = (await Deno.readTextFile(chart)).matchAll(
      new RegExp(`^ {2}${key}: (/.+)$`, "gm"),
    );
    assertEquals([...new Set([...lines].map(([, folder]) => folder))], [...folders]);
  });
}

Deno.test("the agent may read and run the credential plugins of each preset of the chart", async () => {
  const chart = new URL("../../chart/templates/_private.tpl", import.meta.url);
  const presets = (await Deno.readTextFile(chart))
    .matchAll(/^ {2}"(\w+)" \(list "([^"]+)" "([^"]+)"/gm);
  const rights = permissionsOf("agent");
  const may = (kind: string) => rights.filter((right) => right.kind === kind)[0]?.to ?? [];
  const names: string[] = [];
  for (const [, name = "", config = "", folder = ""] of presets) {
    names.push(name);
    assert(may("read").some((path) => `${config}/`.startsWith(`${path}/`)), config);
    assert(may("run").some((path) => path.startsWith(`${folder}/`)), folder);
  }
  assertEquals(names, ["eks", "gke", "aks"]);
});

Deno.test("the agent may write where the chart lets it, and nowhere else", async () => {
  const chart = new URL("../../chart/templates/agent-daemonset.yaml", import.meta.url);
  const [, mounted] = /name: running-pulls\n +mountPath: (.+)/.exec(
    await Deno.readTextFile(chart),
  ) ?? [];
  const [write] = permissionsOf("agent").filter(({ kind }) => kind === "write");
  assertEquals(write?.to, [mounted ?? ""]);
});

for (const program of ["controller", "agent"] as const) {
  Deno.test(`the ${program} writes no file beside its own`, async () => {
    await using folder = await temporaryFolder();
    const own = `${folder.path}/own`;
    await Deno.mkdir(own);
    await Deno.writeTextFile(
      `${folder.path}/write.ts`,
      "await Deno.writeTextFile(Deno.args[0], '');",
    );
    const flags = permissionFlags(permissionsOf(program, { write: [own] }));
    const write = async (to: string) =>
      (await deno(["run", "--no-lock", ...flags, `${folder.path}/write.ts`, to])).stderr
        .includes("Requires write access") === false;
    assertEquals(
      [await write(`${own}/a`), await write(`${folder.path}/b`)],
      [program === "agent", false],
    );
  });
}

Deno.test("the agent's rights let it put its children behind others", async () => {
  await using folder = await temporaryFolder();
  const script = `import { setPriority } from "node:os"; setPriority(Deno.pid, 10);`;
  await Deno.writeTextFile(`${folder.path}/nice.ts`, script);
  const flags = permissionFlags(permissionsOf("agent"));
  const { code, stderr } = await deno(["run", "--no-lock", ...flags, `${folder.path}/nice.ts`]);
  assertEquals([code, stderr], [0, ""]);
});

/** What Deno says when a right is missing. */
function lackIn(log: string): string | undefined {
  return /NotCapable|Requires .+ access|allow-\w+/.exec(log)?.[0];
}

function runFlags(program: ProgramName): string[] {
  const flags = permissionFlags(permissionsOf(program));
  // Quiet: Deno names each plugin of the rights that is not on PATH.
  return ["run", "--quiet", "--no-lock", OFFLINE, ...flags, `${program}.ts`];
}

function run(program: ProgramName, args: readonly string[]) {
  return deno([...runFlags(program), ...args]);
}

async function deno(args: string[], env: Record<string, string> = {}) {
  const output = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT, env }).output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((b) => new TextDecoder().decode(b));
  return { code: output.code, stdout: stdout ?? "", stderr: stderr ?? "" };
}

async function temporaryFolder() {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
