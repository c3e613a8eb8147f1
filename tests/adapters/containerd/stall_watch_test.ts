import { assertEquals } from "@std/assert";
import {
  type ProgressProbes,
  watchForStall,
} from "../../../mod/adapters/containerd/stall_watch.ts";
import type { Download, Unpacking } from "../../../mod/pure/pulls/ctr_output.ts";
import { RuntimeUnavailableError } from "../../../mod/pure/pulls/runtime_errors.ts";
import { watchInFakeTime } from "./watch_in_fake_time.ts";

const idleTimeoutMs = 10_000;

/** What containerd shows; a test changes it while time passes. */
interface Shown {
  downloads: Download[];
  unpacking: Unpacking;
  answers: boolean;
}

Deno.test("a pull that downloads is left alone, however slowly", async () => {
  using watch = watching();
  for (let kb = 0; kb < 20; kb++) {
    watch.shown.downloads = [layer(`${kb}kB`)];
    await watch.advance(8000);
  }
  assertEquals(watch.verdict(), undefined);
});

Deno.test("a pull that shows nothing at all has stalled after the idle timeout", async () => {
  using watch = watching();
  await watch.advance(9000);
  assertEquals(watch.verdict(), undefined);
  await watch.advance(6000);
  assertEquals(watch.verdict()?.endedBy, "stall");
});

Deno.test("a download that stops in the middle has stalled, even while layers are unpacked", async () => {
  using watch = watching();
  watch.shown.unpacking = { layers: ["extract-1 sha256:a"], committed: ["sha256:0"] };
  watch.shown.downloads = [layer("1MB")];
  await watch.advance(5000);
  watch.shown.downloads = [layer("2MB")];
  await watch.advance(8000);
  assertEquals(watch.verdict(), undefined);
  await watch.advance(6000);
  assertEquals(watch.verdict()?.endedBy, "stall");
});

Deno.test("unpacking a large layer gets ten times as long", async () => {
  using watch = watching();
  watch.shown.unpacking = { layers: ["extract-1 sha256:a"], committed: ["sha256:0"] };
  await watch.advance(95_000);
  assertEquals(watch.verdict(), undefined);
  await watch.advance(15_000);
  assertEquals(watch.verdict()?.endedBy, "stall");
});

Deno.test("what an ended pull left half done does not hurry an unpacking", async () => {
  using watch = watching();
  watch.shown.downloads = [{ ...layer("1MB"), ageSeconds: 3600 }];
  watch.shown.unpacking = { layers: ["extract-1 sha256:a"], committed: ["sha256:0"] };
  await watch.advance(95_000);
  assertEquals(watch.verdict(), undefined);
});

Deno.test("a left over download that goes on and stops again has stalled", async () => {
  using watch = watching();
  watch.shown.unpacking = { layers: ["extract-1 sha256:a"], committed: ["sha256:0"] };
  watch.shown.downloads = [{ ...layer("1MB"), ageSeconds: 3600 }];
  await watch.advance(5000);
  watch.shown.downloads = [{ ...layer("2MB"), ageSeconds: 3600 }];
  await watch.advance(20_000);
  assertEquals(watch.verdict()?.endedBy, "stall");
});

Deno.test("a daemon that answers no question three times in a row hangs", async () => {
  using watch = watching();
  watch.shown.answers = false;
  await watch.advance(3500);
  assertEquals(watch.verdict(), undefined);
  await watch.advance(1000);
  assertEquals(watch.verdict()?.endedBy, "hung");
});

Deno.test("a daemon that misses a question now and then does not hang", async () => {
  using watch = watching();
  for (let n = 0; n < 10; n++) {
    watch.shown.answers = false;
    await watch.advance(2500);
    watch.shown.answers = true;
    watch.shown.downloads = [layer(`${n}MB`)];
    await watch.advance(1500);
  }
  assertEquals(watch.verdict(), undefined);
});

Deno.test("the watch ends quietly with its pull", async () => {
  using watch = watching();
  await watch.advance(3000);
  watch.stop();
  await watch.advance(60_000);
  assertEquals(watch.verdict(), undefined);
});

function layer(size: string): Download {
  return { ref: "layer-sha256:a", size, ageSeconds: 1 };
}

function watching() {
  const shown: Shown = { downloads: [], unpacking: { layers: [], committed: [] }, answers: true };
  const answer = <T>(what: () => T): Promise<T> =>
    shown.answers ? Promise.resolve(what()) : Promise.reject(new RuntimeUnavailableError("hung"));
  const probes: ProgressProbes = {
    downloads: () => answer(() => shown.downloads),
    unpacking: () => answer(() => shown.unpacking),
  };
  const watch = watchInFakeTime((options) => watchForStall(probes, { ...options, idleTimeoutMs }));
  return Object.assign(watch, { shown });
}
