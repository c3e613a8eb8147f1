import { assert, assertEquals } from "@std/assert";
import type { PullProgress } from "../../../mod/pure/pulls/pull_progress.ts";
import { pushImage } from "../../harness/images/images.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";
import { within } from "../../harness/wait.ts";
import { pairsForFaults, startContainerdHarness } from "./harness.ts";

for (const pair of await pairsForFaults()) {
  realTest(
    `${pair.name}: how far a pull has come is told as it goes on, up to its last byte`,
    pair.reason,
    async () => {
      await using harness = await startContainerdHarness(pair);
      const layers = [{ name: "base", bytes: 200_000 }, { name: "large", bytes: 20_000_000 }];
      await pushImage(harness.registry, { repository: "test/large", tag: "1", layers });
      const pull = async (image: string): Promise<PullProgress[]> => {
        const told: PullProgress[] = [];
        const progress = (each: PullProgress) => void told.push(each);
        const outcome = await within(harness.runtime.pull(image, { signal: never(), progress }));
        assertEquals(outcome.result, "pulled", JSON.stringify(outcome));
        return told;
      };
      const small = await pull(harness.image);
      assertWhole(small, 3_200_000);

      harness.front.mode = { fault: "slow", bytesPerSecond: 5_000_000 };
      const large = await pull(`${harness.front.host}/test/large:1`);
      assertWhole(large, 20_000_000); // the other layer was there
      const under = large.filter(({ bytes, totalBytes }) => bytes > 0 && bytes < totalBytes);
      assert(under.length > 0, JSON.stringify(large));
      assert(under.some(({ secondsLeft }) => secondsLeft !== undefined), JSON.stringify(large));
    },
  );
}

function assertWhole(told: readonly PullProgress[], layerBytes: number) {
  const last = told.at(-1);
  assert(last !== undefined && last.totalBytes > layerBytes, JSON.stringify(told));
  assertEquals(last.bytes, last.totalBytes);
  const bytes = told.map((each) => each.bytes);
  assertEquals(bytes, bytes.toSorted((a, b) => a - b), "it never goes back");
}
