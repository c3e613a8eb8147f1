import { assertEquals } from "@std/assert";
import { watchUnpacking } from "../../../mod/adapters/containerd/unpack_watch.ts";
import { RuntimeUnavailableError } from "../../../mod/pure/pulls/runtime_errors.ts";
import { watchInFakeTime } from "./watch_in_fake_time.ts";

const idleTimeoutMs = 10_000;

Deno.test("each layer gets ten times the idle timeout to be unpacked", async () => {
  using watch = watching(["sha256:a", "sha256:b"]);
  await watch.advance(95_000);
  watch.shown.committed = ["sha256:a"];
  await watch.advance(95_000);
  assertEquals(watch.verdict(), undefined);
  await watch.advance(15_000);
  assertEquals(watch.verdict()?.endedBy, "stall");
});

Deno.test("layers that others unpack beside it do not count, finished or not", async () => {
  using watch = watching(["sha256:a"]);
  for (let n = 0; n < 12; n++) {
    watch.shown.committed = [...watch.shown.committed, `sha256:of others ${n}`];
    watch.shown.layers = [`extract-${n}`];
    await watch.advance(10_000);
  }
  assertEquals(watch.verdict()?.endedBy, "stall");
});

Deno.test("where its own layers are unknown, any that is done counts, and none that has begun", async () => {
  using watch = watching(undefined);
  watch.shown.committed = ["sha256:a"];
  await watch.advance(95_000);
  watch.shown.committed = ["sha256:a", "sha256:b"];
  await watch.advance(95_000);
  assertEquals(watch.verdict(), undefined);
  watch.shown.layers = ["extract-1 sha256:c"];
  await watch.advance(15_000);
  assertEquals(watch.verdict()?.endedBy, "stall");
});

Deno.test("a daemon that answers no question three times in a row hangs", async () => {
  using watch = watching(["sha256:a"]);
  watch.shown.answers = false;
  await watch.advance(3500);
  assertEquals(watch.verdict(), undefined);
  await watch.advance(1000);
  assertEquals(watch.verdict()?.endedBy, "hung");
});

Deno.test("the watch ends quietly with its pull", async () => {
  using watch = watching(["sha256:a"]);
  await watch.advance(3000);
  watch.stop();
  await watch.advance(600_000);
  assertEquals(watch.verdict(), undefined);
});

function watching(layers: readonly string[] | undefined) {
  const shown = { layers: [] as string[], committed: [] as string[], answers: true };
  const watch = watchInFakeTime((options) =>
    watchUnpacking({
      ...options,
      unpacking: () =>
        shown.answers
          ? Promise.resolve(shown)
          : Promise.reject(new RuntimeUnavailableError("hung")),
      layers: () => Promise.resolve(layers),
      idleTimeoutMs,
    })
  );
  return Object.assign(watch, { shown });
}
