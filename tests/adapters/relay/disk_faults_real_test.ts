import { assertFailed } from "../../harness/asserts.ts";
import type { ScriptedRequest } from "../../harness/servers/scripted_registry.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { smallDisk } from "../../harness/small_disk.ts";
import { waitUntil } from "../../harness/wait.ts";
import { LARGE, pairsForRelay, startImages, startRelayedPulls } from "./relayed_pulls.ts";

const isLayer = ({ target }: ScriptedRequest) => target === LARGE.layers[0]?.digest;

for (const pair of await pairsForRelay()) {
  realTest(
    `${pair.name}: a disk that another process fills in the middle is cleaned, and filled later`,
    pair.reason,
    async () => {
      await using disk = await smallDisk(150);
      await using pulls = await startRelayedPulls(pair, { root: `${disk.folder}/root` });
      await using registry = await startImages();
      const reference = `${registry.host}/test/large:1`;
      const filler = `${disk.folder}/filler`;
      let filling: Promise<unknown> | undefined;
      registry.script = (request) => {
        // The first parts pass, and the others wait until nothing fits any more.
        if (isLayer(request) && request.nth === 3) filling = fill(filler);
        return isLayer(request) && request.nth >= 3
          ? { fault: "slow", bytesPerSecond: 3_000_000 }
          : undefined;
      };
      assertFailed(await pulls.pull(reference), "disk_full");
      await filling;
      await pulls.assertNothingLeft(reference);
      await Deno.remove(filler);
      await pulls.removeAll();
      registry.script = () => undefined;
      await waitUntil("it has healed", async () => {
        return (await pulls.pull(reference)).result === "pulled";
      }, { everyMs: 500 });
    },
  );
}

/** Writes until there is no room, as somebody else's log would. */
async function fill(path: string): Promise<void> {
  using file = await Deno.open(path, { create: true, write: true });
  const piece = new Uint8Array(1_000_000);
  while (await file.write(piece).catch(() => 0) > 0);
}
