import { assertEquals, assertRejects } from "@std/assert";
import { openCtr } from "../../../mod/adapters/containerd/ctr_process.ts";
import { openSnapshotter } from "../../../mod/adapters/containerd/snapshotter.ts";
import { RuntimeUnavailableError } from "../../../mod/pure/pulls/runtime_errors.ts";
import { fakeCtr } from "../../harness/fakes/fake_ctr.ts";
import { recordingLogger } from "../../harness/fakes/quiet.ts";
import { never } from "../../harness/signals.ts";

const HOUR_MS = 3_600_000;

/** A snapshotter to be found through a fake ctr, at a time of the test's. */
async function finding(given = "auto") {
  const ctr = await fakeCtr();
  const logger = recordingLogger();
  const target = { address: "/run/c.sock", namespace: "k8s.io" };
  let time = 0;
  const snapshotter = openSnapshotter(given, {
    ctr: openCtr({ command: ctr.path }),
    target,
    logger,
    now: () => time,
  });
  return {
    ctr,
    logger,
    snapshotter,
    find: () => snapshotter.find({ signal: never() }),
    asked: async () => (await ctr.calls("containers ls")).length,
    passes: (ms: number) => time += ms,
    async runs(name: string) {
      await ctr.on("containers ls", { stdout: "CONTAINER IMAGE RUNTIME\nc1 r/x:1 runc\n" });
      const record = { Snapshotter: name, CreatedAt: "2026-11-26T21:04:01Z" };
      await ctr.on("containers info", { stdout: JSON.stringify(record) });
    },
    /** Containers with these snapshotters, the oldest first. */
    async runEach(...names: string[]) {
      const rows = names.map((_, at) => `c${at} r/x:1 runc\n`).join("");
      await ctr.on("containers ls", { stdout: `CONTAINER IMAGE RUNTIME\n${rows}` });
      for (const [at, name] of names.entries()) {
        const record = { Snapshotter: name, CreatedAt: `2026-11-26T21:0${at}:01Z` };
        await ctr.on(`containers info c${at}`, { stdout: JSON.stringify(record) });
      }
    },
    [Symbol.asyncDispose]: () => ctr[Symbol.asyncDispose](),
  };
}

Deno.test("without a container it is the default, and asked again soon", async () => {
  await using test = await finding();
  assertEquals(await test.find(), "overlayfs");
  await test.runs("native");
  assertEquals(await test.find(), "overlayfs", "not at each question");
  test.passes(30_000);
  assertEquals([await test.find(), test.snapshotter.name], ["native", "native"]);
  assertEquals(await test.asked(), 2);
});

Deno.test("it is asked again after a restart, and seldom otherwise", async () => {
  await using test = await finding();
  await test.runs("native");
  await test.find();
  test.passes(HOUR_MS - 1);
  await test.find();
  assertEquals(await test.asked(), 1);
  await test.runs("zfs");
  test.snapshotter.forget();
  assertEquals(await test.find(), "zfs");
  test.passes(HOUR_MS);
  await test.find();
  assertEquals(await test.asked(), 3);
});

Deno.test("where containers use several, one is taken, told once, and kept until a restart", async () => {
  await using test = await finding();
  await test.runEach("zfs", "native", "zfs", "native");
  assertEquals(await test.find(), "native");
  for (let hours = 0; hours < 3; hours++) {
    test.passes(HOUR_MS);
    await test.find();
  }
  assertEquals(await test.asked(), 1);
  test.snapshotter.forget();
  await test.runEach("native", "zfs", "native", "zfs", "zfs", "zfs");
  assertEquals([await test.find(), await test.asked()], ["native", 2]);
  assertEquals(test.logger.lines.map(({ fields }) => fields.others), [undefined, "zfs"]);
});

Deno.test("what was known stays when all containers are gone", async () => {
  await using test = await finding();
  await test.runs("native");
  await test.find();
  await test.ctr.on("containers info", { code: 1 });
  test.snapshotter.forget();
  assertEquals(await test.find(), "native");
});

Deno.test("a name that is given is taken, and nobody asked", async () => {
  await using test = await finding("zfs");
  test.snapshotter.forget();
  assertEquals([await test.find(), await test.asked()], ["zfs", 0]);
});

Deno.test("that a lazy snapshotter was found is said once", async () => {
  await using test = await finding();
  await test.runs("nydus");
  for (let time = 0; time < 3; time++) {
    await test.find();
    test.snapshotter.forget();
  }
  assertEquals(test.logger.lines.map(({ level, fields }) => [level, fields.snapshotter]), [
    ["warn", "nydus"],
  ]);
});

Deno.test("a containerd that does not list its containers does not answer", async () => {
  await using test = await finding();
  await test.ctr.on("containers ls", { code: 1, stderr: "ctr: connection error\n" });
  await assertRejects(test.find, RuntimeUnavailableError);
});
