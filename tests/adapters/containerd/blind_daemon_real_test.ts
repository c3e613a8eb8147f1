import { assertEquals } from "@std/assert";
import type { PullRelay } from "../../../mod/ports/pull_relay.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";
import { within } from "../../harness/wait.ts";
import { pairsForFaults, startContainerdHarness } from "./harness.ts";
import { fetchingAhead } from "./relay_ahead.ts";

for (const pair of (await pairsForFaults()).filter(({ version }) => version.startsWith("2."))) {
  realTest(
    `${pair.name} that does not reach the relay: pulls work, and it is said once`,
    pair.reason,
    async () => {
      await using harness = await startContainerdHarness(pair, {
        changeRelay: aheadAlways,
        containerdBy: () => "unshare -n",
      });
      const pull = () => within(harness.runtime.pull(harness.image, { signal: never() }));
      for (const _time of [1, 2]) {
        const outcome = await pull();
        assertEquals(outcome.result, "pulled", JSON.stringify(outcome));
      }
      const warned = harness.logger.lines.filter(({ level }) => level === "warn");
      assertEquals(warned.map(({ message }) => message), [
        "Gave up pulls by the daemon, as containerd did not find the relay",
      ]);
    },
  );
}

for (const pair of await pairsForFaults()) {
  realTest(`${pair.name} pulls by itself where the relay fails`, pair.reason, async () => {
    const changeRelay = (relay: PullRelay): PullRelay => ({
      ...relay,
      open: () => Promise.reject(new Error("no space left on device")),
    });
    await using harness = await startContainerdHarness(pair, { changeRelay });
    for (const _time of [1, 2]) {
      const outcome = await within(harness.runtime.pull(harness.image, { signal: never() }));
      assertEquals(outcome.result === "pulled" && outcome.direct, WHY, JSON.stringify(outcome));
    }
    assertEquals(harness.logger.lines.map(({ fields }) => fields.reason), [WHY]);
  });
}

const WHY = "the relay failed: no space left on device";

/** A relay that claims to have all bytes, so that pulls go by the daemon. */
function aheadAlways(relay: PullRelay): PullRelay {
  return fetchingAhead(relay, () => Promise.resolve(true));
}
