import { runCommand } from "../commands.ts";
import { obtainPackage } from "../tools/debian_packages.ts";
import { NATS_SERVER } from "../tools/go_pins.ts";
import type { LayerFile, LayerSpec } from "./image_layers.ts";
import { type ImageSpec, pushImages } from "./images.ts";
import type { Registry } from "../servers/registry.ts";
import { obtainTool } from "../tools/tools.ts";

/** References of images with programs in them, for pods. */
export interface PodImages {
  /** Sleeps; what a pod's sandbox runs. */
  readonly pause: string;
  /** A shell and the commands of busybox; runs a shell. */
  readonly busybox: string;
  /** Laid out as the official image of NATS, at the version that the chart names. */
  readonly nats: string;
}

/** The official image's tag of the NATS that stands in for it. */
export const NATS_TAG: string = NATS_SERVER.version.slice(1);

/**
 * Pushes the images that pods of the tests run, under the names that a mirror of their real
 * registries would give them. They hold programs of this machine's architecture only.
 */
export async function pushPodImages(registry: string | Registry): Promise<PodImages> {
  const busybox = await busyboxLayer();
  const images = [pauseImage(busybox), busyboxImage(busybox), await natsImage()];
  const [pause, shell, nats] = (await pushImages(registry, images)).map((image) => image.reference);
  if (pause === undefined || shell === undefined || nats === undefined) {
    throw new Error("Cannot push the images of pods: a reference is missing");
  }
  return { pause, busybox: shell, nats };
}

/** A layer with a shell and the commands of busybox, for images of whatever else. */
export async function busyboxLayer(): Promise<LayerSpec> {
  return { name: "busybox", files: await busyboxFiles() };
}

function pauseImage(busybox: LayerSpec): ImageSpec {
  return {
    repository: "pause",
    tag: "3.10",
    layers: [busybox],
    start: { entrypoint: ["/bin/busybox", "sleep", "infinity"], env: { PATH } },
  };
}

function busyboxImage(busybox: LayerSpec): ImageSpec {
  return {
    repository: "library/busybox",
    tag: "1.35",
    layers: [busybox],
    start: { command: ["sh"], env: { PATH } },
  };
}

async function natsImage(): Promise<ImageSpec> {
  return {
    repository: "library/nats",
    tag: NATS_TAG,
    layers: [{
      name: "nats-server",
      files: [
        {
          path: "nats-server",
          mode: 0o755,
          content: await Deno.readFile(await obtainTool("nats-server-of-chart")),
        },
        { path: "nats-server.conf", content: "port: 4222\nmonitor_port: 8222\n" },
      ],
    }],
    start: {
      entrypoint: ["/nats-server"],
      command: ["--config", "nats-server.conf"],
      env: { PATH: `${PATH}:/` },
    },
  };
}

/** Debian's static busybox with a link for each of its commands. */
async function busyboxFiles(): Promise<LayerFile[]> {
  const binary = `${await obtainPackage({
    name: "busybox-static",
    suite: "bookworm",
  })}/bin/busybox`;
  const { stdout } = await runCommand(binary, ["--list"]);
  const commands = stdout.split("\n").filter((name) => name !== "" && name !== "busybox");
  return [
    { path: "bin", folder: true },
    { path: "bin/busybox", mode: 0o755, content: await Deno.readFile(binary) },
    ...commands.map((name) => ({ path: `bin/${name}`, link: "busybox" })),
    { path: "etc", folder: true },
    { path: "etc/passwd", content: "root:x:0:0:root:/:/bin/sh\n" },
    { path: "etc/group", content: "root:x:0:\n" },
    { path: "tmp", folder: true, mode: 0o1777 },
  ];
}

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
