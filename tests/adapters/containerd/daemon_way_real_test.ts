import { assert, assertEquals } from "@std/assert";
import type { PullRelay } from "../../../mod/ports/pull_relay.ts";
import { pushImage } from "../../harness/images/images.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";
import { within } from "../../harness/wait.ts";
import { type ContainerdHarness, pairsForFaults, startContainerdHarness } from "./harness.ts";
import { fetchingAhead } from "./relay_ahead.ts";

for (const pair of (await pairsForFaults()).filter(({ version }) => version.startsWith("2."))) {
  realTest(
    `${pair.name}: small images go by the daemon, one at a time and out of memory`,
    pair.reason,
    async () => {
      await using log = await temporaryFile();
      let cut = () => {};
      const changeRelay = (relay: PullRelay) => onceAhead(relay, () => cut());
      await using harness = await startContainerdHarness(pair, { ctrLog: log.path, changeRelay });
      const images = [harness.image];
      for (const tag of ["2", "3"]) {
        const layers = [{ name: tag, bytes: 5_000_000 }];
        await pushImage(harness.registry, { repository: "test/app", tag, layers });
        images.push(`${harness.front.host}/test/app:${tag}`);
      }
      let ahead = 0;
      cut = () => {
        if (++ahead === images.length) harness.front.mode = { fault: "status", status: 500 };
      };
      await Promise.all(images.map((image) => assertPulled(harness, image)));
      // One that waits for the place for long goes by the client.
      const pulls = (await pullsIn(log.path)).filter((line) => !line.includes("--local"));
      assert(pulls.length > 0, "none went by the daemon");
      for (const [at, line] of pulls.entries()) {
        const expected = at % 2 === 0 ? "begun" : pulls[at - 1]?.replace("begun", "ended");
        assert(line.startsWith(expected ?? ""), `two at once: ${pulls.join("\n")}`);
      }
    },
  );

  realTest(`${pair.name}: large images go by the client`, pair.reason, async () => {
    await using log = await temporaryFile();
    await using harness = await startContainerdHarness(pair, { ctrLog: log.path });
    const layers = [{ name: "large", bytes: 20_000_000 }];
    await pushImage(harness.registry, { repository: "test/large", tag: "1", layers });
    await assertPulled(harness, `${harness.front.host}/test/large:1`);
    const pulls = await pullsIn(log.path);
    assertEquals(pulls.map((line) => line.includes("--local")), [true, true]);
  });
}

for (const pair of (await pairsForFaults()).filter(({ version }) => version.startsWith("1."))) {
  realTest(`${pair.name}: nothing is fetched before ctr asks for it`, pair.reason, async () => {
    let asked = 0;
    const changeRelay = (relay: PullRelay) =>
      fetchingAhead(relay, () => Promise.resolve(++asked > 0));
    await using harness = await startContainerdHarness(pair, { changeRelay });
    await assertPulled(harness, harness.image);
    assertEquals(asked, 0);
  });
}

async function assertPulled({ runtime }: ContainerdHarness, image: string) {
  const outcome = await within(runtime.pull(image, { signal: never() }));
  assertEquals(outcome.result, "pulled", JSON.stringify(outcome));
}

async function pullsIn(log: string): Promise<string[]> {
  const lines = (await Deno.readTextFile(log)).split("\n");
  return lines.filter((line) => line.includes(" images pull "));
}

/** Calls `act` each time the relay has all bytes of a pull. */
function onceAhead(relay: PullRelay, act: () => void): PullRelay {
  return fetchingAhead(relay, async (pull, blobs, options) => {
    const isAhead = await pull.fetchAhead(blobs, options);
    if (isAhead) act();
    return isAhead;
  });
}

async function temporaryFile() {
  const path = await Deno.makeTempFile();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path) };
}
