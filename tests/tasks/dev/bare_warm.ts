import { delay } from "@std/async/delay";
import { parseEvent } from "../../../mod/pure/pulls/ctr_events.ts";
import { parseChecks } from "../../../mod/pure/pulls/ctr_output.ts";
import type { TestContainerd } from "../../harness/servers/containerd.ts";
import { startProcess } from "../../harness/process.ts";

/** What happened to an image on the node. */
export interface WarmChange {
  readonly type: "warm" | "gone";
  readonly reference: string;
  /** Since it was named in a manifest, or went missing; absent when nothing tells. */
  readonly afterMs?: number;
}

/** Asks containerd what it holds, a few times a second, and yields what changed, until `signal` aborts. */
export async function* warmChanges(
  containerd: TestContainerd,
  manifests: string,
  signal: AbortSignal,
): AsyncGenerator<WarmChange> {
  const warm = new Set<string>();
  const goneAt = new Map<string, number>();
  // An image may be back before anybody looks: only events tell that it was gone.
  await using _events = await startProcess(containerd.ctrPath, {
    args: ["-a", containerd.address, "-n", "k8s.io", "events"],
    detached: true,
    onLine: (line) => {
      const event = parseEvent(line);
      if (event?.type === "deleted") goneAt.set(event.reference, Date.now());
    },
  });
  while (!signal.aborted) {
    const gone = [...goneAt.keys()]; // before asking: what goes meanwhile is for the next round
    const now = await warmImages(containerd);
    for (const reference of gone) {
      if (warm.delete(reference)) yield { type: "gone", reference };
    }
    for (const reference of now.difference(warm)) {
      const since = goneAt.get(reference) ?? await namedAt(reference, manifests);
      warm.add(reference);
      goneAt.delete(reference);
      yield {
        type: "warm",
        reference,
        ...(since !== undefined && { afterMs: Date.now() - since }),
      };
    }
    await delay(200, { signal }).catch(() => {});
  }
}

/** Images a container could start from, without the names that containerd's CRI gives to configs. */
async function warmImages(containerd: TestContainerd): Promise<Set<string>> {
  const { stdout, stderr } = await containerd.ctr("images", "check");
  const usable = [...parseChecks(stdout, stderr)].filter(([, image]) => image.unpacked);
  return new Set(usable.map(([reference]) => reference).filter((name) => name.includes("/")));
}

/** When the last manifest that names the image was written, in ms since the epoch. */
async function namedAt(reference: string, folder: string): Promise<number | undefined> {
  let latest: number | undefined;
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    const text = await Deno.readTextFile(path).catch(() => "");
    if (!text.includes(reference)) continue;
    const { mtime } = await Deno.stat(path);
    latest = Math.max(latest ?? 0, mtime?.getTime() ?? 0);
  }
  return latest;
}
