import { assertEquals, assertRejects } from "@std/assert";
import { inCache, isCached } from "./tool_cache.ts";
import { obtainTool, ToolUnavailableError } from "./tools.ts";

Deno.test("a tool is obtained once, however many ask at once", async () => {
  await using _cache = await ownCache();
  let fills = 0;
  const fill = async (folder: string) => {
    fills++;
    await Deno.writeTextFile(`${folder}/tool`, "whole");
  };
  const folders = await Promise.all([1, 2, 3].map(() => inCache("tool-1", fill)));
  assertEquals(fills, 1);
  assertEquals(await Deno.readTextFile(`${folders[2]}/tool`), "whole");
});

Deno.test("an interrupted download leaves no tool, and the next try removes its rest", async () => {
  await using cache = await ownCache();
  await Deno.mkdir(`${cache.path}/tool-1.partial-killed`);
  await assertRejects(
    () => inCache("tool-1", () => Promise.reject(new Error("cut"))),
    Error,
    "cut",
  );
  assertEquals(isCached("tool-1"), false);
  assertEquals((await Array.fromAsync(Deno.readDir(cache.path))).map((entry) => entry.name), [
    "tool-1.lock",
  ]);
});

Deno.test("a tool that cannot be had says what to do", async () => {
  await using _cache = await ownCache();
  using _path = withEnv("PATH", "/nowhere");
  for (const tool of ["nats-server", "containerd-1.7", "containerd-2.4", "etcd"] as const) {
    const error = await assertRejects(() => obtainTool(tool), ToolUnavailableError);
    assertEquals(/install/i.test(error.message), true, error.message);
  }
});

async function ownCache(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: "warm-images-cache-" });
  const env = withEnv("WARM_IMAGES_CACHE", path);
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      env[Symbol.dispose]();
      await Deno.remove(path, { recursive: true });
    },
  };
}

function withEnv(name: string, value: string): Disposable {
  const before = Deno.env.get(name);
  Deno.env.set(name, value);
  return {
    [Symbol.dispose]: () =>
      before === undefined ? Deno.env.delete(name) : Deno.env.set(name, before),
  };
}
