import { assert, assertEquals } from "@std/assert";
import { pushImage } from "../../harness/images/images.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";
import { within } from "../../harness/wait.ts";
import { pairsForFaults, startContainerdHarness } from "./harness.ts";

for (const pair of await pairsForFaults()) {
  realTest(
    `${pair.name}: once a pull is known to be usable, further ones take one process each`,
    pair.reason,
    async () => {
      const log = await Deno.makeTempFile();
      await using _removed = { [Symbol.asyncDispose]: () => Deno.remove(log) };
      await using harness = await startContainerdHarness(pair, { ctrLog: log });
      const { runtime, registry, containerd } = harness;
      const references: string[] = [];
      for (const tag of ["1", "2", "3", "4"]) {
        const layers = [{ name: tag, bytes: 20_000_000 }]; // all by the client, as they are large
        references.push((await pushImage(registry, { repository: "n", tag, layers })).reference);
      }
      const pull = async (reference = "") => {
        const outcome = await within(runtime.pull(reference, { signal: never() }));
        assert(outcome.result === "pulled", JSON.stringify(outcome));
        return outcome;
      };
      await runtime.version({ signal: never() });
      const [first, second, third, fourth] = references;
      const told = await pull(first);
      assertEquals(await processes(log), [
        "version",
        "containers ls",
        "images pull",
        "images check",
      ]);

      const unchecked = await pull(second);
      await pull(third);
      assertEquals((await processes(log)).slice(4), ["images pull", "images pull"]);
      assertEquals(Object.keys(unchecked).sort(), Object.keys(told).sort());
      const presence = (await runtime.check(references, { signal: never() })).get(second ?? "");
      assertEquals(presence?.state === "usable" && presence.digest, unchecked.digest);

      await containerd.restart();
      await runtime.version({ signal: never() });
      await pull(fourth);
      assertEquals((await processes(log)).at(-1), "images check", "it may be configured otherwise");
    },
  );
}

/** What each ctr was started for. */
async function processes(log: string): Promise<string[]> {
  const begun = (await Deno.readTextFile(log)).split("\n").filter((line) =>
    line.startsWith("begun")
  );
  return begun.map((line) => /-n \S+ (version|\S+ \S+)/.exec(line)?.[1] ?? line);
}
