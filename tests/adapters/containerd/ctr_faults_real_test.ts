import { systemClock } from "../../../mod/adapters/clock.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  type CtrRuntimeOptions,
  openCtrRuntime,
} from "../../../mod/adapters/containerd/ctr_runtime.ts";
import type { ImageRuntime } from "../../../mod/ports/image_runtime.ts";
import type { PullOutcome } from "../../../mod/pure/pulls/pull_outcome.ts";
import { RuntimeUnavailableError } from "../../../mod/pure/pulls/runtime_errors.ts";
import { type FakeCtr, fakeCtr } from "../../harness/fakes/fake_ctr.ts";
import { recordingLogger, recordingMetrics } from "../../harness/fakes/quiet.ts";
import { killProcess } from "../../harness/proc.ts";
import { waitUntil, within } from "../../harness/wait.ts";
import { never } from "../../harness/signals.ts";
import { assertFailed } from "../../harness/asserts.ts";

const reference = "registry.example/app:1";
const usable = {
  stdout: `REF TYPE DIGEST STATUS SIZE UNPACKED\n${reference} t sha256:ab ` +
    "complete (2/2) 1.0 KiB/1.0 KiB true\n",
};

Deno.test("a ctr that is missing is named, with what to do, and found once it is there", async () => {
  await using fake = await fakeCtr();
  const late = `${fake.path}-late`;
  const runtime = open(fake, { ctr: late });
  const error = await assertRejects(() => runtime.version({ signal: never() }));
  assert(error instanceof RuntimeUnavailableError);
  assertStringIncludes(error.message, late);
  assertStringIncludes(error.message, "--ctr");
  await assertRejects(
    () => runtime.check([reference], { signal: never() }),
    RuntimeUnavailableError,
  );
  assertStringIncludes(assertFailed(await pull(runtime), "runtime"), late);
  await Deno.symlink(fake.path, late);
  await fake.on("images check", usable);
  assertEquals(await pull(runtime), { result: "pulled", bytes: 1024, digest: "sha256:ab" });
});

Deno.test("a ctr that may not be executed is the runtime's failure", async () => {
  await using fake = await fakeCtr();
  await Deno.chmod(fake.path, 0o644);
  assertFailed(await pull(open(fake)), "runtime");
});

Deno.test("a question that gets no answer ends at its deadline, also for a deaf ctr", async () => {
  await using fake = await fakeCtr();
  const runtime = open(fake, { queryDeadlineMs: 1500, killGraceMs: 100 });
  await fake.on("images check", "hangs, deaf");
  const checking = runtime.check([reference], { signal: never() });
  const error = await assertRejects(() => within(checking));
  assert(error instanceof RuntimeUnavailableError);
  assertStringIncludes(error.message, "images check");
  await assertGone(fake);
  await fake.on("images check", usable);
  const seen = await runtime.check([reference], { signal: never() });
  assertEquals(seen.get(reference), { state: "usable", bytes: 1024, digest: "sha256:ab" });
});

Deno.test("a ctr that prints without end is stopped", async () => {
  await using fake = await fakeCtr();
  await fake.on("images check", "babbles");
  await assertRejects(
    () => open(fake).check([reference], { signal: never() }),
    RuntimeUnavailableError,
    "without end",
  );
  await assertGone(fake);
});

Deno.test("a question is given up when its caller stops, for the reason it gave", async () => {
  await using fake = await fakeCtr();
  await fake.on("images check", "hangs");
  const stop = new AbortController();
  const checking = open(fake).check([reference], { signal: stop.signal });
  await waitUntil("ctr runs", async () => (await fake.calls("images check")).length > 0);
  stop.abort(new Error("enough"));
  await assertRejects(() => checking, Error, "enough");
  await assertGone(fake);
});

Deno.test("a pull that hangs without progress has stalled, also when ctr is deaf", async () => {
  await using fake = await fakeCtr();
  await fake.on("images pull", "hangs, deaf");
  assertFailed(await pull(open(fake, { pullIdleTimeoutMs: 500, killGraceMs: 100 })), "stalled");
  await assertGone(fake);
});

Deno.test("a pull over a daemon that answers no question any more is the runtime's failure", async () => {
  await using fake = await fakeCtr();
  await fake.on("images pull", "hangs");
  await fake.on("content active", { stderr: 'ctr: connection error: desc = "x"\n', code: 1 });
  assertFailed(await pull(open(fake, { pullIdleTimeoutMs: 500 })), "runtime");
  await assertGone(fake);
});

Deno.test("a deaf ctr is killed when its pull is cancelled", async () => {
  await using fake = await fakeCtr();
  await fake.on("images pull", "hangs, deaf");
  const stop = new AbortController();
  const pulling = open(fake, { killGraceMs: 100 }).pull(reference, { signal: stop.signal });
  await waitUntil("the pull runs", async () => (await fake.calls("images pull")).length > 0);
  stop.abort();
  assertEquals(await within(pulling), { result: "cancelled" });
  await assertGone(fake);
});

Deno.test("a ctr that somebody kills is the runtime's failure, and the next pull works", async () => {
  await using fake = await fakeCtr();
  const runtime = open(fake);
  await fake.on("images pull", "hangs");
  const pulling = pull(runtime);
  await waitUntil("the pull runs", async () => (await fake.calls("images pull")).length > 0);
  await killProcess(await pullingPid(fake));
  assertStringIncludes(assertFailed(await pulling, "runtime"), "signal 9");
  await fake.on("images pull", {});
  await fake.on("images check", usable);
  assertEquals((await pull(runtime)).result, "pulled");
});

Deno.test("a ctr that crashes is the runtime's failure", async () => {
  await using fake = await fakeCtr();
  const stderr = "panic: provided file is not a console\n\ngoroutine 1 [running]:\n";
  await fake.on("images pull", { stderr, code: 2 });
  assertFailed(await pull(open(fake)), "runtime");
});

Deno.test("a version that cannot be read is the runtime's failure and quotes what was said", async () => {
  await using fake = await fakeCtr();
  await fake.on("version", { stdout: "ctr of the future" });
  assertStringIncludes(assertFailed(await pull(open(fake)), "runtime"), "of the future");
});

Deno.test("a success that leaves no image, or half an image, is not_usable", async () => {
  await using fake = await fakeCtr();
  const runtime = open(fake);
  assertFailed(await pull(runtime), "not_usable");
  const stdout = usable.stdout.replace("true", "false");
  await fake.on("images check", { stdout });
  assertStringIncludes(assertFailed(await pull(runtime), "not_usable"), "Not unpacked");
});

Deno.test("a pull whose verification gets no answer is the runtime's failure", async () => {
  await using fake = await fakeCtr();
  await fake.on("images check", { stderr: "ctr: error reading from server: EOF\n", code: 1 });
  assertFailed(await pull(open(fake)), "runtime");
});

Deno.test("a reference that looks like an option reaches no ctr", async () => {
  await using fake = await fakeCtr();
  const runtime = open(fake);
  assertFailed(await runtime.pull("--all-platforms", { signal: never() }), "invalid");
  assertEquals(
    (await runtime.check(["--help"], { signal: never() })).get("--help")?.state,
    "absent",
  );
  assertEquals(await fake.calls("images pull"), []);
  assertEquals(await fake.calls("images check"), []);
});

Deno.test("versions are asked once, and again after the runtime failed", async () => {
  await using fake = await fakeCtr();
  const runtime = open(fake);
  await fake.on("images check", usable);
  await pull(runtime);
  await pull(runtime);
  assertEquals((await fake.calls("version")).length, 1);
  await fake.on("images pull", { stderr: "ctr: error reading from server: EOF\n", code: 1 });
  assertFailed(await pull(runtime), "runtime");
  const version = "Client:\n  Version:  2.1.9\n\nServer:\n  Version:  1.7.24\n";
  await fake.on("version", { stdout: version });
  await fake.on("images pull", {});
  assertEquals((await pull(runtime)).result, "pulled");
  assertStringIncludes((await fake.calls("images pull")).at(-1) ?? "", "--local");
});

Deno.test("many images are asked for in several checks, each of bounded length", async () => {
  await using fake = await fakeCtr();
  const references = Array.from({ length: 130 }, (_, n) => `registry.example/app:${n}`);
  await fake.on("images ls", { stdout: references.join("\n") });
  const seen = await open(fake).check([...references, "absent:1"], { signal: never() });
  assertEquals(seen.size, 131);
  const checks = await fake.calls("images check");
  assertEquals(checks.map((call) => call.split("name==").length - 1), [50, 50, 30]);
});

Deno.test("ctr sees only the environment that it is given", async () => {
  await using fake = await fakeCtr();
  await open(fake, { env: { "HTTPS_PROXY": "http://proxy.example:3128" } })
    .version({ signal: never() });
  const names = [...(await fake.env()).matchAll(/^(?:export|declare -x) (\w+)/gm)]
    .map(([, name]) => name).filter((name) =>
      !["PWD", "OLDPWD", "SHLVL", "_"].includes(name ?? "")
    );
  assertEquals(names.sort(), ["CONTAINERD_SUPPRESS_DEPRECATION_WARNINGS", "HTTPS_PROXY"]);
});

Deno.test("events that end at once are warned about once, and tried again", async () => {
  await using fake = await fakeCtr();
  await fake.on("events", { stderr: "ctr: flag provided but not defined: -x\n", code: 1 });
  const logger = recordingLogger();
  const metrics = recordingMetrics();
  const { events, end } = follow(open(fake, { logger, metrics }));
  await waitUntil("it was tried three times", async () => (await fake.calls("events")).length > 2);
  assertEquals(logger.lines.map(({ level }) => level), ["warn"]);
  assertStringIncludes(String(logger.lines[0]?.fields.reason), "not defined");
  await fake.on("events", "hangs");
  await waitUntil("the reconnect is told", () => events.includes("following"));
  await end();
  assertEquals(events, ["lost", "restarted", "following"]);
  assertEquals(metrics.total("warm_images_reconnects_total", { to: "containerd" }), 1);
  await assertGone(fake);
});

Deno.test("deletions are told also where nobody says what is used, and that is warned of once", async () => {
  await using fake = await fakeCtr();
  const at = "2026-11-22 11:21:10.815454390 +0000 UTC k8s.io";
  await fake.on("events", {
    stdout: `${at} /images/delete {"name":"r/x:1"}\n`,
    goesOn: true,
  });
  await fake.on("containers ls", { stderr: "ctr: too many\n", code: 1 });
  const logger = recordingLogger();
  const { events, end } = follow(open(fake, { logger }));
  await waitUntil("the deletion is told", () => events.length > 0);
  await end();
  assertEquals(events, ["deleted"]);
  const [warned] = logger.lines.map(({ level, message }) => `${level}: ${message}`);
  assertStringIncludes(warned ?? "", "warn: Cannot tell which images are used");
  await assertGone(fake);
});

Deno.test("before containerd answers no restart is told, nor is it warned of lost events", async () => {
  await using fake = await fakeCtr();
  await fake.on("version", { stderr: "ctr: failed to dial: refused\n", code: 1 });
  const logger = recordingLogger();
  const { events, end } = follow(open(fake, { logger }));
  await waitUntil("it was tried thrice", async () => (await fake.calls("version")).length > 2);
  assertEquals([events, await fake.calls("events"), logger.lines], [[], [], []]);
  await fake.on("version", { stdout: "Client:\n  Version:  2.1\nServer:\n  Version:  2.1\n" });
  await waitUntil("the start is told", () => events.length > 0);
  await end();
});

Deno.test("paths that are not absolute are refused at once", async () => {
  await using fake = await fakeCtr();
  assertThrows(() => open(fake, { address: "run/c.sock" }), RangeError, '"run/c.sock"');
  assertThrows(() => open(fake, { hostsDir: "certs.d" }), RangeError, '"certs.d"');
});

function open(fake: FakeCtr, options: Partial<CtrRuntimeOptions> = {}): ImageRuntime {
  return openCtrRuntime({
    clock: systemClock,
    address: "/run/containerd/containerd.sock",
    namespace: "k8s.io",
    root: "/nonexistent",
    ctr: fake.path,
    pullIdleTimeoutMs: 60_000,
    logger: recordingLogger(),
    metrics: recordingMetrics(),
    ...options,
  });
}

/** Follows the events of a runtime; `events` are their types, as they come. */
function follow(runtime: ImageRuntime) {
  const stop = new AbortController();
  const events: string[] = [];
  const following = (async () => {
    for await (const { type } of runtime.events({ signal: stop.signal })) events.push(type);
  })();
  const end = async () => {
    stop.abort();
    await following;
  };
  return { events, end };
}

function pull(runtime: ImageRuntime): Promise<PullOutcome> {
  return within(runtime.pull(reference, { signal: never() }));
}

/** The one that hangs: questions about its progress may have been asked since. */
async function pullingPid(fake: FakeCtr): Promise<number> {
  let hanging: number | undefined;
  await waitUntil("the pull hangs", async () => {
    for (const pid of await fake.pids()) {
      const commandLine = await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
      if (commandLine.startsWith("/bin/sleep")) hanging = pid;
    }
    return hanging !== undefined;
  });
  return hanging ?? 0;
}

/** Everything that was started has ended, and somebody has asked how. */
async function assertGone(fake: FakeCtr): Promise<void> {
  for (const pid of await fake.pids()) {
    const there = () => Deno.stat(`/proc/${pid}`).then(() => true, () => false);
    await waitUntil(`process ${pid} is gone`, async () => !await there());
  }
}
