// Plays agents for nats_memory.ts until it is stopped: URL, first number, how many, images.
import { openTestStore } from "../harness/servers/nats_stores.ts";
import { nodeKey, reportKey } from "../../mod/pure/bucket/state_keys.ts";
import { waitUntil } from "../harness/wait.ts";

if (import.meta.main) await main(Deno.args);

async function main([url = "", ...numbers]: readonly string[]): Promise<void> {
  const [first = 0, count = 0, images = 0] = numbers.map(Number);
  const { signal } = new AbortController();
  for (let n = first; n < first + count; n++) {
    const name = `node-${n}`;
    const { store, untilReady } = openTestStore({ urls: [url], bucket: "warm-images" }, "agent");
    await untilReady();
    let keys = 0;
    let synced = false;
    void (async () => {
      const how = { signal, looked: ["meta"] };
      for await (const change of store.follow([nodeKey(name), "wanted.>"], how)) {
        if (change.type === "put") keys++;
        if (change.type === "synced") synced = true;
      }
    })();
    await waitUntil("the bucket is read", () => synced, { everyMs: 5 });
    if (keys !== images + 2) throw new Error(`${keys} keys`);
    await store.put(reportKey(name), report(name, images), { signal });
    const beat = () => store.put(`beat.${name}`, "x".repeat(300), { signal }).catch(() => {});
    setTimeout(() => setInterval(beat, 60_000), 60_000 * Math.random());
  }
}

/** As long as a real one. */
function report(node: string, images: number): string {
  const entry = {
    state: "warm",
    since: "2026-01-01T00:00:00.000Z",
    bytes: 123456789,
    pullSeconds: 12.5,
  };
  const reference = (n: number) => `registry.example.com/team/application-${n}:1.2.3`;
  return JSON.stringify({
    ...{ v: 1, node, agent: "0.1.0", at: entry.since },
    images: Object.fromEntries(Array.from({ length: images }, (_, n) => [reference(n), entry])),
  });
}
