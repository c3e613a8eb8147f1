import { assert, assertEquals } from "@std/assert";
import { openDiskUsage } from "../../mod/adapters/disk_usage.ts";
import { waitUntil } from "../harness/wait.ts";

Deno.test("what an unprivileged user cannot have is in use, as kubelet counts, unlike the percent of df", async () => {
  const folder = await Deno.makeTempDir();
  try {
    // other programs write meanwhile, so the two may have to look again
    await waitUntil("df agrees", async () => {
      const { usedPercent } = (await openDiskUsage({ root: folder }).read()).content;
      return usedPercent.toFixed(1) === (await percentOfDf(folder)).toFixed(1);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what is free shrinks by what is written", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await waitUntil("20 MB are missing", async () => {
      const before = await openDiskUsage({ root: folder }).read();
      const file = await Deno.makeTempFile({ dir: folder });
      await Deno.writeFile(file, new Uint8Array(20_000_000).fill(1));
      const after = await openDiskUsage({ root: folder }).read();
      await Deno.remove(file);
      const written = before.content.freeBytes - after.content.freeBytes;
      return written > 19_000_000 && written < 60_000_000;
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a folder that is not there yet counts as its nearest parent", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { content } = await openDiskUsage({ root: `${folder}/not/there/yet` }).read();
    const { usedPercent, freeBytes } = content;
    assert(usedPercent > 0 && usedPercent <= 100 && freeBytes >= 0);
    const file = await Deno.makeTempFile({ dir: folder });
    assert((await openDiskUsage({ root: `${file}/below` }).read()).content.usedPercent > 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a file system without blocks counts as empty", async () => {
  const { content } = await openDiskUsage({ root: "/proc" }).read();
  assertEquals([content.usedPercent, content.freeBytes], [0, 0]);
});

Deno.test("unpacked layers on a file system of their own are read beside the blobs", async () => {
  const root = await Deno.makeTempDir();
  const folder = `${root}/io.containerd.snapshotter.v1.native`;
  await Deno.mkdir(folder);
  try {
    await using _mounted = await mountTmpfs(folder, { size: "16m", inodes: 1_000 });
    const apart = await openDiskUsage({ root, snapshotter: () => "native" }).read();
    assertEquals(apart.snapshots?.totalBytes, 16 * 1024 * 1024);
    assertEquals(apart.snapshots?.totalInodes, 1_000);
    assert(apart.content.totalBytes !== apart.snapshots?.totalBytes);
    const elsewhere = await openDiskUsage({ root }).read();
    assertEquals(elsewhere.snapshots, undefined, "overlayfs keeps its own beside the blobs");
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("one file system under two devices is one", async () => {
  const root = await Deno.makeTempDir();
  const lower = `${root}/lower`;
  const folder = `${root}/io.containerd.snapshotter.v1.overlayfs`;
  for (const each of [lower, folder, `${root}/upper`, `${root}/work`]) await Deno.mkdir(each);
  try {
    await using _mounted = await mountOverlay(folder, root);
    const { content, snapshots } = await openDiskUsage({ root }).read();
    assert((await Deno.stat(folder)).dev !== (await Deno.stat(root)).dev);
    assertEquals(snapshots, undefined, `${content.totalBytes} bytes`);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

async function percentOfDf(path: string): Promise<number> {
  const df = new Deno.Command("df", { args: ["--block-size=1", "--output=size,avail", path] });
  const text = new TextDecoder().decode((await df.output()).stdout);
  const [, size = 0, available = 0] = /(\d+) +(\d+)/.exec(text)?.map(Number) ?? [];
  return 100 * (size - available) / size;
}

function mountTmpfs(
  folder: string,
  { size, inodes }: { readonly size: string; readonly inodes: number },
): Promise<AsyncDisposable> {
  return mount(["-t", "tmpfs", "-o", `size=${size},nr_inodes=${inodes}`, "tmpfs", folder]);
}

function mountOverlay(folder: string, root: string): Promise<AsyncDisposable> {
  const options = `lowerdir=${root}/lower,upperdir=${root}/upper,workdir=${root}/work`;
  return mount(["-t", "overlay", "-o", options, "overlay", folder]);
}

/** Mounts until disposed of; the last argument is the folder. */
async function mount(args: readonly string[]): Promise<AsyncDisposable> {
  await run("mount", args);
  return { [Symbol.asyncDispose]: () => run("umount", args.slice(-1)) };
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  if (!success) throw new Error(`${command} failed: ${new TextDecoder().decode(stderr)}`);
}
