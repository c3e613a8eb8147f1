// The search for passwords, by ones that were left on purpose where they must not be.
import { assertEquals } from "@std/assert";
import { found, needlesOf, newCanary } from "../../harness/private_images/needles.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { waitUntil } from "../../harness/wait.ts";
import { inProcesses, isInMemory } from "./canary_search.ts";

const PATIENT = ["-c", "read -r kept; read -r never"];

realTest("a password among arguments or in an environment is found", undefined, async () => {
  const [argument, variable] = [newCanary("argument"), newCanary("variable")];
  await using _child = start([...PATIENT, btoa(`shop:${argument}`)], { LEAK: variable });
  assertEquals(await inProcesses(needlesOf(argument)), ["cmdline of sh"]);
  assertEquals(await inProcesses(needlesOf(variable)), ["environ of sh"]);
  assertEquals(await inProcesses(needlesOf(newCanary("nowhere"))), []);
});

realTest("a password in a child's memory alone is found there", undefined, async () => {
  const read = newCanary("read");
  await using child = start(PATIENT, {});
  assertEquals(await isInMemory(child.pid, needlesOf(read)), false);
  await child.say(`${read}\n`);
  await waitUntil("it has read it", () => isInMemory(child.pid, needlesOf(read)));
  assertEquals(await inProcesses(needlesOf(read)), []);
});

realTest("a process that has ended holds nothing", undefined, async () => {
  const child = new Deno.Command("true").spawn();
  await child.status;
  assertEquals(await isInMemory(child.pid, ["x"]), false);
});

Deno.test("a password is found in bytes as it is, and wherever it begins within base64", () => {
  const canary = newCanary("bytes");
  for (const before of ["", "a", "ab", "abc", '{"auths":{"r":{"auth":"']) {
    for (const text of [before + canary, btoa(`${before}${canary}:more`)]) {
      const bytes = new TextEncoder().encode(`x${text}y`);
      assertEquals(found(bytes, needlesOf(canary)).length > 0, true, text);
      assertEquals(found(bytes, needlesOf(newCanary("other"))), []);
    }
  }
});

function start(args: readonly string[], env: Record<string, string>) {
  const child = new Deno.Command("sh", { args: [...args], env, stdin: "piped" }).spawn();
  const stdin = child.stdin.getWriter();
  return {
    pid: child.pid,
    say: (text: string) => stdin.write(new TextEncoder().encode(text)),
    async [Symbol.asyncDispose]() {
      await stdin.close();
      await child.status;
    },
  };
}
