import { assert, assertEquals } from "@std/assert";
import { openDiskUsage } from "../../mod/adapters/disk_usage.ts";
import { waitUntil } from "../harness/wait.ts";

Deno.test("the share in use is the one that df shows", async () => {
  const folder = await Deno.makeTempDir();
  try {
    // other programs write meanwhile, so the two may have to look again
    await waitUntil("df agrees", async () => {
      const { usedPercent } = (await openDiskUsage(folder).read()).content;
      return Math.ceil(usedPercent) === await percentOfDf(folder);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what is free shrinks by what is written", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await waitUntil("20 MB are missing", async () => {
      const before = await openDiskUsage(folder).read();
      const file = await Deno.makeTempFile({ dir: folder });
      await Deno.writeFile(file, new Uint8Array(20_000_000).fill(1));
      const after = await openDiskUsage(folder).read();
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
    const { content } = await openDiskUsage(`${folder}/not/there/yet`).read();
    const { usedPercent, freeBytes } = content;
    assert(usedPercent > 0 && usedPercent <= 100 && freeBytes >= 0);
    const file = await Deno.makeTempFile({ dir: folder });
    assert((await openDiskUsage(`${file}/below`).read()).content.usedPercent > 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a file system without blocks counts as empty", async () => {
  const { content } = await openDiskUsage("/proc").read();
  assertEquals([content.usedPercent, content.freeBytes], [0, 0]);
});

async function percentOfDf(path: string): Promise<number> {
  const df = new Deno.Command("df", { args: ["--output=pcent", path] });
  const text = new TextDecoder().decode((await df.output()).stdout);
  return Number(/(\d+)%/.exec(text)?.[1]);
}
