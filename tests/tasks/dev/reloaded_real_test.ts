import { assertEquals } from "@std/assert";
import { startReloaded } from "./reloaded.ts";
import { sourceChanges } from "./source_changes.ts";
import { waitUntil } from "../../harness/wait.ts";

Deno.test("a program that is missing or broken starts as soon as its file is saved", async () => {
  const folder = await Deno.makeTempDir({ prefix: "warm-images-test-" });
  await Deno.mkdir(`${folder}/mod`);
  const stopping = new AbortController();
  const lines: string[] = [];
  const codes: number[] = [];
  const program = await startReloaded({
    args: ["run", "--no-check", "--no-lock", "agent.ts"],
    cwd: folder,
    onLine: (line) => lines.push(line),
    onEnd: ({ code }) => codes.push(code),
  });
  const reloading = (async () => {
    for await (const _ of sourceChanges(folder, stopping.signal)) await program.restart();
  })();
  const save = (file: string, text: string) => Deno.writeTextFile(`${folder}/${file}`, text);
  try {
    await waitUntil("the missing program has ended", () => codes.length === 1);
    await save("mod/word.ts", 'export const word = "one";');
    await save("agent.ts", RUNNING);
    await waitUntil("it runs", () => lines.includes("one"));
    await save("mod/word.ts", "export const word = ;");
    await waitUntil("the broken program has ended", () => codes.length === 2);
    await save("mod/word.ts", 'export const word = "two";');
    await waitUntil("it runs again", () => lines.includes("two"));
    await save("README.md", "not a source");
    assertEquals(codes, [1, 1]);
  } finally {
    stopping.abort();
    await reloading;
    await program[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  }
});

const RUNNING = `import { word } from "./mod/word.ts";
await Deno.stdout.write(new TextEncoder().encode(word + "\\n"));
setInterval(() => {}, 1000);
`;
