import { assert, assertEquals, assertMatch } from "@std/assert";
import { systemClock } from "../../mod/adapters/clock.ts";
import { openCtrRuntime } from "../../mod/adapters/containerd/ctr_runtime.ts";
import { recordingLogger, recordingMetrics } from "../harness/fakes/quiet.ts";
import { runCommand } from "../harness/commands.ts";
import { availableContainerds, startContainerd } from "../harness/servers/containerd.ts";
import { CTR } from "../harness/tools/go_pins.ts";
import { openBuildah } from "../harness/images/image_buildah.ts";
import {
  buildImages,
  buildImagesInto,
  pushBuiltImage,
  whyNoImages,
} from "../harness/images/image_builds.ts";
import { buildWithDocker, hasDocker } from "../harness/images/image_docker.ts";
import { readImageSource } from "../harness/images/image_source.ts";
import { HERE } from "../harness/images/images.ts";
import {
  blobPath,
  type OciImage,
  readOciLayout,
  unpackOciImage,
} from "../harness/images/oci_layout.ts";
import { startRegistry } from "../harness/servers/registry.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { never } from "../harness/signals.ts";

const reason = await whyNoImages();

/** What they may weigh, compressed, and the files that come on top of the base image. */
const EXPECTED = {
  controller: {
    megabytes: 50,
    user: "65532:65532",
    files: ["usr/local/bin/warm-images-controller"],
  },
  agent: {
    megabytes: 60,
    user: "0:0",
    files: ["usr/local/bin/ctr", "usr/local/bin/warm-images-agent"],
  },
} as const;

for (const name of ["controller", "agent"] as const) {
  const { megabytes, user, files } = EXPECTED[name];

  realTest(`the ${name}'s image is small, labelled and of this machine`, reason, async () => {
    const image = (await buildImages())[name];
    const measured = image.bytes / 1e6;
    say(`${name} image, compressed: ${measured.toFixed(1)} MB (at most ${megabytes})`);
    assert(measured <= megabytes, `${measured} MB`);
    const { config, os, architecture } = image.config;
    assertEquals({ os, architecture }, HERE);
    assertEquals(config.User, user);
    assertEquals(config.Entrypoint, [`/usr/local/bin/warm-images-${name}`]);
    const { version, revision } = await readImageSource();
    const label = (key: string) => config.Labels?.[`org.opencontainers.image.${key}`];
    assertEquals([label("version"), label("revision")], [version, revision]);
    assertEquals([label("licenses"), label("title")], ["MIT", `warm-images ${name}`]);
    for (const key of ["description", "source"]) assert(label(key), `no label "${key}"`);
  });

  realTest(`the ${name}'s image holds its programs above the base, no more`, reason, async () => {
    const image = (await buildImages())[name];
    const own = image.layers.slice(-files.length);
    const listed = (await Promise.all(own.map(({ digest }) => entriesOf(image, digest)))).flat();
    assertEquals(
      listed.map(({ mode, owner, path }) => `${mode} ${owner} ${path}`),
      files.map((path) => `-rwxr-xr-x 0/0 ${path}`),
    );
  });
}

realTest("the programs run among the files of their images", reason, async () => {
  const { controller, agent } = await buildImages();
  {
    await using root = await unpacked(controller);
    const help = await root.run("65532:65532", "/usr/local/bin/warm-images-controller", "--help");
    assertEquals([help.code, help.stderr], [0, ""]);
    assertMatch(help.stdout, /^Usage: warm-images-controller/);
  }
  await using root = await unpacked(agent);
  const { version } = await readImageSource();
  const told = await root.run("0:0", "/usr/local/bin/warm-images-agent", "--version");
  assertEquals([told.stdout, told.stderr], [`warm-images-agent ${version}\n`, ""]);
  const ctr = await root.run("0:0", "/usr/local/bin/ctr", "--version");
  assertMatch(ctr.stdout, new RegExp(`^ctr \\S+ ${CTR.version.slice(1)}\n$`));
});

const versions = availableContainerds();
const whyNoPulls = reason ??
  await reasonToSkip(
    "root",
    "docker-registry",
    ...versions.map((each) => `containerd-${each}` as const),
  );

realTest("the agent's image is pulled by its own ctr", whyNoPulls, async (t) => {
  const { agent } = await buildImages();
  await using root = await unpacked(agent);
  await using registry = await startRegistry();
  const { reference } = await pushBuiltImage(agent, registry, "agent", "1");
  const signal = never();
  for (const version of versions) {
    await t.step(`with containerd ${version}`, async () => {
      await using containerd = await startContainerd({ version });
      const runtime = openCtrRuntime({
        clock: systemClock,
        address: containerd.address,
        root: "/var/lib/containerd",
        namespace: "k8s.io",
        ctr: `${root.folder}/usr/local/bin/ctr`,
        hostsDir: containerd.hostsDir,
        pullIdleTimeoutMs: 60_000,
        logger: recordingLogger(),
        metrics: recordingMetrics(),
      });
      assertEquals((await runtime.version({ signal })).client, CTR.version.slice(1));
      assertEquals((await runtime.pull(reference, { signal })).result, "pulled");
      assertEquals((await runtime.check([reference], { signal })).get(reference)?.state, "usable");
    });
  }
});

realTest("building the images again gives the same layers", reason, async () => {
  const first = await buildImages();
  await using folder = await temporaryFolder();
  const second = await buildImagesInto(folder.path);
  for (const name of ["controller", "agent"] as const) {
    assertEquals(second[name].config.rootfs, first[name].config.rootfs, name);
  }
});

const docker = await hasDocker();

realTest(
  "the ctr of an agent's image for arm64 is built here, without emulation",
  reason ?? (docker ? "with Docker, the next test builds the whole image" : undefined),
  async () => {
    await using folder = await temporaryFolder();
    await using buildah = await openBuildah(await readImageSource());
    await buildah.extract("ctr", "arm64", "/out/ctr", `${folder.path}/ctr`);
    assertEquals(await machineOf(`${folder.path}/ctr`), AARCH64);
  },
);

realTest(
  "images for arm64 are built whole, without emulation",
  docker ? undefined : "without Docker it needs a denort for aarch64, which only Deno's site has",
  async () => {
    const source = await readImageSource();
    for (const name of ["controller", "agent"] as const) {
      await using folder = await temporaryFolder();
      await buildWithDocker(name, `${folder.path}/layout`, source, "linux/arm64");
      const image = await readOciLayout(`${folder.path}/layout`);
      assertEquals(image.config.architecture, "arm64");
      await using root = await unpacked(image);
      for (const file of EXPECTED[name].files) {
        assertEquals(await machineOf(`${root.folder}/${file}`), AARCH64, file);
      }
    }
  },
);

/** The number of a machine in the header of its executables. */
const AARCH64 = 183;

async function machineOf(executable: string): Promise<number> {
  using file = await Deno.open(executable);
  const header = new Uint8Array(20);
  await file.read(header);
  return new DataView(header.buffer).getUint16(18, true);
}

interface LayerEntry {
  readonly mode: string;
  readonly owner: string;
  readonly path: string;
}

/** What a layer holds, folders aside. */
async function entriesOf(image: OciImage, digest: string): Promise<LayerEntry[]> {
  const args = ["--numeric-owner", "-tvf", blobPath(image.folder, digest)];
  const { code, stdout, stderr } = await runCommand("tar", args);
  assertEquals(code, 0, stderr);
  const entries = stdout.trim().split("\n").map((line) => {
    const [mode = "", owner = "", , , , path = ""] = line.split(/\s+/);
    return { mode, owner, path };
  });
  return entries.filter(({ mode }) => !mode.startsWith("d"));
}

/** The files of an image, and a way to run its programs among them. */
interface UnpackedImage extends AsyncDisposable {
  readonly folder: string;
  run(user: string, ...command: string[]): ReturnType<typeof runCommand>;
}

async function unpacked(image: OciImage): Promise<UnpackedImage> {
  const { path, [Symbol.asyncDispose]: remove } = await temporaryFolder();
  await unpackOciImage(image, path);
  return {
    folder: path,
    run: (user, ...command) => {
      // The programs find themselves through /proc; it goes with the namespaces.
      const namespaces = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
      const [uid, gid] = user.split(":");
      const place = [`--root=${path}`, `--setgid=${gid}`, `--setuid=${uid}`];
      return runCommand("unshare", [...namespaces, ...place, ...command]);
    },
    [Symbol.asyncDispose]: remove,
  };
}

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: "warm-images-unpacked-" });
  await Deno.chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
