import { assertEquals, assertStringIncludes } from "@std/assert";
import { inheritedFlags } from "../../../mod/build/offline_flags.ts";
import { waitUntil } from "../../harness/wait.ts";
import { Followed, pod, TempFolder } from "./followed_manifests.ts";

Deno.test("standard input is read once, beside a folder", async () => {
  await using folder = new TempFolder();
  await folder.write("a.yaml", pod("a"));
  const stdin = () => new Blob([`${pod("b")}---\napiVersion: v1\nkind: [\n`]).stream();
  await using followed = new Followed(["-", folder.path], { stdin });
  await followed.until("a=nginx b=nginx");
  assertStringIncludes(followed.faults()[0] ?? "", "standard input:");
  await folder.write("a.yaml", pod("c"));
  await followed.until("b=nginx c=nginx");
});

Deno.test("waiting for standard input ends when it is told to", async () => {
  let asked = false;
  const stdin = () => new ReadableStream<Uint8Array>({ pull: () => void (asked = true) });
  const followed = new Followed(["-"], { stdin });
  await waitUntil("it waits", () => asked);
  await followed[Symbol.asyncDispose]();
  assertEquals(followed.source.observe().synced, false);
});

Deno.test("a source that is told to end before it begins reads nothing", async () => {
  const followed = new Followed(["-"], { stdin: () => new ReadableStream() });
  await followed[Symbol.asyncDispose]();
  assertEquals(followed.source.observe().synced, false);
});

Deno.test("a program reads manifests from its standard input", async () => {
  const script = new URL("../../harness/fakes/manifest_reader.ts", import.meta.url);
  const child = new Deno.Command(Deno.execPath(), {
    // The YAML library looks into the environment and must do with nothing.
    args: ["run", "--allow-read", "--ignore-env", "--no-lock", ...inheritedFlags()]
      .concat(decodeURIComponent(script.pathname)),
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(`${pod("a")}---\n${pod("b", "quay.io/x/y:1")}`));
  await writer.close();
  const { code, stdout } = await child.output();
  assertEquals([code, new TextDecoder().decode(stdout)], [0, "a=nginx b=quay.io/x/y:1\n"]);
});
